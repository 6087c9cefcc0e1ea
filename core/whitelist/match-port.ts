import type { Breadth } from '../net/breadth.ts';
import type { Finding } from '../findings/finding.ts';
import { canariesOf } from '../fingerprints/canary-ports.ts';
import { EVERY_PORT } from '../net/every-port.ts';
import type { Instant } from '../time.ts';
import type { WhitelistEntry } from './entry.ts';
import type { Whitelist } from './matcher.ts';

/**
 * The entry that permits a finding, or null. One that is about every port is permitted where ports picked at random all are, so by an entry
 * for all ports.
 */
export function matchPort(
  whitelist: Whitelist,
  { address, protocol, port }: Pick<Finding, 'address' | 'protocol' | 'port'>,
  breadth: Breadth,
  now: Instant,
): WhitelistEntry | null {
  if (port !== EVERY_PORT) return whitelist.match(address, protocol, port, breadth, now);
  const entries = [...canariesOf(address)].map((one) => whitelist.match(address, protocol, one, breadth, now));
  return entries.includes(null) ? null : (entries[0] ?? null);
}
