import { widestOf } from '../exposure/breadth.ts';
import type { Admission, Finding } from '../findings/finding.ts';
import type { WhitelistStore } from '../ports/stores.ts';
import type { Instant } from '../time.ts';
import type { WhitelistEntry } from '../whitelist/entry.ts';
import { matchPort } from '../whitelist/match-port.ts';
import { compileWhitelist } from '../whitelist/matcher.ts';

/**
 * The entry that permits this exposure in the whitelist as it is now, or null.
 * @throws when the whitelist cannot be read.
 */
export async function permitting(
  store: WhitelistStore,
  { address, protocol, port }: Pick<Finding, 'address' | 'protocol' | 'port'>,
  admittedBy: readonly Admission[],
  now: Instant,
): Promise<WhitelistEntry | null> {
  const whitelist = compileWhitelist(await store.list());
  return matchPort(whitelist, { address, protocol, port }, widestOf(address, admittedBy), now);
}
