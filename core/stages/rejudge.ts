import { widestOf } from '../exposure/breadth.ts';
import { alertGroupOf, type Finding } from '../findings/finding.ts';
import { rejudgeWhitelist } from '../findings/judge.ts';
import { hashOf } from '../identity.ts';
import type { Clock } from '../ports/clock.ts';
import type { AlertQueue } from '../ports/queues.ts';
import type { FindingStore, WhitelistStore } from '../ports/stores.ts';
import { hours, type Instant, msBetween } from '../time.ts';
import { updateStored } from '../update-stored.ts';
import type { WhitelistEntry } from '../whitelist/entry.ts';
import { matchPort } from '../whitelist/match-port.ts';
import { compileWhitelist, type Whitelist } from '../whitelist/matcher.ts';

export interface RejudgePorts {
  clock: Clock;
  findings: FindingStore;
  whitelist: WhitelistStore;
  alerts: AlertQueue;
}

/** A finding that was judged while an entry was decided on may have missed it, and is judged again within this time. */
const HEAL_MS = hours(1);

/**
 * Applies the whitelist as it is now to every finding that is open: when what it permits has changed by a decision or with time, and every
 * hour. In between it reads no finding, of which there may be very many.
 */
export function makeRejudge(ports: RejudgePorts): () => Promise<void> {
  let last: { permits: string; at: Instant } | null = null;
  return async function rejudge() {
    const entries = await ports.whitelist.list();
    // Entries are never deleted: where there is none, none was ever applied, and no finding has to be read.
    if (entries.length === 0) return;
    const began = ports.clock.now();
    const permits = hashOf(
      entries
        .filter((entry) => permitsAt(entry, began))
        .map(({ id, version }) => `${id} ${version}`)
        .sort(),
    );
    if (last?.permits === permits && msBetween(last.at, began) < HEAL_MS) return;
    const whitelist = compileWhitelist(entries);
    const groups = new Set<string>();
    for (const finding of await ports.findings.list()) {
      if (finding.status !== 'open' && finding.status !== 'whitelisted') continue;
      const saved = await updateStored(ports.findings, finding.id, (current) =>
        judgeNow(whitelist, current, ports.clock.now()),
      );
      if (saved && saved.version !== finding.version && saved.untold.length > 0) groups.add(alertGroupOf(saved));
    }
    for (const group of groups) await ports.alerts.send({ group }, { delaySeconds: 0 });
    last = { permits, at: began };
  };
}

function permitsAt({ state, expiresAt }: WhitelistEntry, now: Instant): boolean {
  return state === 'approved' && now < expiresAt;
}

function judgeNow(whitelist: Whitelist, finding: Finding, now: Instant): Finding {
  const match = matchPort(whitelist, finding, widestOf(finding.address, finding.admittedBy), now);
  return rejudgeWhitelist(finding, match, now);
}
