import type { Firewall } from '../../core/ports/firewall.ts';
import { lazily } from './lazily.ts';

/** Opened when it is first asked, since most requests never ask. */
export function lazyFirewall(open: () => Promise<Firewall>): Firewall {
  const firewall = lazily(open);
  return {
    capability: async (address) => (await firewall()).capability(address),
    admissions: async (address, port, protocol, seenAt) =>
      (await firewall()).admissions(address, port, protocol, seenAt),
    why: async (address, port, protocol) => (await firewall()).why(address, port, protocol),
    draft: async (finding, options) => (await firewall()).draft(finding, options),
    reasonToKeep: async (body) => (await firewall()).reasonToKeep(body),
    standing: async (body) => (await firewall()).standing(body),
    perform: async (body, direction, lease) => (await firewall()).perform(body, direction, lease),
  };
}
