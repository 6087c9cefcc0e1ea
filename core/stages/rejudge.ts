import { widestOf } from '../exposure/breadth.ts';
import { alertGroupOf, type Finding } from '../findings/finding.ts';
import { rejudgeWhitelist } from '../findings/judge.ts';
import type { Clock } from '../ports/clock.ts';
import type { AlertQueue } from '../ports/queues.ts';
import type { FindingStore, WhitelistStore } from '../ports/stores.ts';
import { type Instant } from '../time.ts';
import { updateStored } from '../update-stored.ts';
import { compileWhitelist, type Whitelist } from '../whitelist/matcher.ts';

export interface RejudgePorts {
  clock: Clock;
  findings: FindingStore;
  whitelist: WhitelistStore;
  alerts: AlertQueue;
}

/** Applies the whitelist as it is now to every finding that is open: after a decision on an entry, and when one has expired. */
export function makeRejudge(ports: RejudgePorts): () => Promise<void> {
  return async function rejudge() {
    const entries = await ports.whitelist.list();
    // Entries are never deleted: where there is none, none was ever applied, and no finding has to be read.
    if (entries.length === 0) return;
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
  };
}

function judgeNow(whitelist: Whitelist, finding: Finding, now: Instant): Finding {
  const { address, protocol, port, admittedBy } = finding;
  const match = whitelist.match(address, protocol, port, widestOf(address, admittedBy), now);
  return rejudgeWhitelist(finding, match, now);
}
