import { messageOf } from '../errors.ts';
import { alertGroupOf, type Finding } from '../findings/finding.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { AlertQueue } from '../ports/queues.ts';
import type { FindingStore, TaskRunStore } from '../ports/stores.ts';
import { msBetween } from '../time.ts';

/** An untold mark that is this much older than the alert window has outlived its message: one redelivery. */
const UNTOLD_GRACE_MS = 15_000;

export interface ReconcilePorts {
  clock: Clock;
  log: Log;
  findings: FindingStore;
  alerts: AlertQueue;
  runs: TaskRunStore;
  alertWindowMs: number;
  prepare: (finding: Finding) => Promise<void>;
  /** Applies the whitelist as it is now: entries expire by themselves. */
  rejudge: () => Promise<void>;
  /** Resumes changes that a crash left, verifies manual ones again, expires approvals. */
  reconcilePlans: () => Promise<void>;
}

/** Heals what a crash or a lost message left behind. Every step can be repeated; one that fails does not stop the others. */
export function makeReconcile(ports: ReconcilePorts): () => Promise<void> {
  return async function reconcile() {
    const steps: [string, () => Promise<unknown>][] = [
      ['whitelist', ports.rejudge],
      ['plans', ports.reconcilePlans],
      ['untold', () => tellAgain(ports)],
      ['runs', () => ports.runs.removeExpired(ports.clock.now())],
    ];
    const errors: unknown[] = [];
    for (const [name, step] of steps) {
      try {
        await step();
      } catch (error) {
        errors.push(new Error(`reconcile ${name}`, { cause: error }));
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, errors.map(messageOf).join('; '));
  };
}

async function tellAgain(ports: ReconcilePorts): Promise<void> {
  const now = ports.clock.now();
  const groups = new Set<string>();
  for (const finding of await ports.findings.listUntold()) {
    const oldest = finding.untold.map((mark) => mark.at).sort()[0];
    if (oldest === undefined || msBetween(oldest, now) < ports.alertWindowMs + UNTOLD_GRACE_MS) continue;
    try {
      await ports.prepare(finding);
    } catch (error) {
      // Telling late and without a proposal beats not telling.
      ports.log.warn('no change could be proposed before telling', { finding: finding.id, reason: messageOf(error) });
    }
    groups.add(alertGroupOf(finding));
  }
  for (const group of groups) await ports.alerts.send({ group }, { delaySeconds: 0 });
}
