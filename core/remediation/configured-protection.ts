import { endpoint } from '../net/address.ts';
import { Exclusions } from '../net/exclusions.ts';
import type { Protection } from '../ports/firewall.ts';

/** What `protect:` of the configuration says, and nothing else. @throws BadInput for a text that cannot be read. */
export function configuredProtection(protect: readonly string[]): Protection {
  const listed = new Exclusions(protect);
  return { reasonToKeep: async (address, port) => reasonConfigured(listed, address, port) };
}

export function reasonConfigured(listed: Exclusions, address: string, port: number): string | null {
  return listed.excludes(address, port)
    ? `${endpoint(address, port)} is listed under "protect" in the configuration.`
    : null;
}
