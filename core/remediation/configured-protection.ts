import type { Protocol } from '../net/protocol.ts';
import { endpoint } from '../net/address.ts';
import { Exclusions } from '../net/exclusions.ts';
import type { Protection } from '../ports/firewall.ts';

/** What `protect:` of the configuration says, and nothing else: a port there is one of TCP and of UDP. @throws BadInput for a text that cannot be read. */
export function configuredProtection(protect: readonly string[]): Protection {
  const listed = new Exclusions(protect);
  return { reasonToKeep: async (address, port, protocol) => reasonConfigured(listed, address, port, protocol) };
}

export function reasonConfigured(listed: Exclusions, address: string, port: number, protocol: Protocol): string | null {
  return listed.excludes(address, port)
    ? `${endpoint(address, port, protocol)} is listed under "protect" in the configuration.`
    : null;
}
