import type { AlertRequest } from '../alerting/alert.ts';
import { toAlert, type Proposal } from '../alerting/render.ts';
import type { Finding, Untold } from '../findings/finding.ts';
import type { Clock } from '../ports/clock.ts';
import type { AlertSink } from '../ports/queues.ts';
import type { ApprovalStore, FindingStore, LockStore, PlanStore } from '../ports/stores.ts';
import { after, type Instant, msBetween, seconds } from '../time.ts';
import { updateStored } from '../update-stored.ts';
import { eachLimited } from './each-limited.ts';

/** How long one announcement may hold its group: longer than a publish takes, short enough that a crash delays an alert little. */
const GROUP_LEASE_MS = 10_000;

/** A plan takes a second or two, and later than this telling without one beats waiting for it. */
const PLAN_WAIT_MS = seconds(60);

/** Marks removed at the same time: an address that opens thousands of ports is done within the lease. */
const MARKS_AT_ONCE = 16;

export interface AnnouncePorts {
  clock: Clock;
  findings: FindingStore;
  plans: PlanStore;
  approvals: ApprovalStore;
  locks: LockStore;
  sink: AlertSink;
  /** A name nobody else uses, new at each call: who holds the group's lock. */
  newId: () => string;
}

/** Another worker is announcing this group: try the message again. */
class GroupBusy extends Error {}

/**
 * Tells people everything untold of one group, as one alert, and then removes the marks. What waits for its plan is left to the request that
 * comes with the plan, unless that has taken too long.
 * A crash between the two repeats the alert with the same id; it never loses one.
 */
export function makeAnnounce(ports: AnnouncePorts): (request: AlertRequest) => Promise<void> {
  return async function announce({ group }) {
    const now = ports.clock.now();
    const lock = `alert:${group}`;
    const holder = ports.newId();
    if (!(await ports.locks.acquire(lock, holder, now, after(now, GROUP_LEASE_MS)))) {
      throw new GroupBusy('another worker announces this group');
    }
    try {
      const untold = await ports.findings.listUntold(group);
      const findings = untold.filter((finding) => !isWaiting(finding, now));
      if (findings.length === 0) return;
      const proposals = await proposalsOf(ports, findings);
      await ports.sink.publish(toAlert(group, findings, proposals, now));
      await eachLimited(findings, MARKS_AT_ONCE, (finding) => markTold(ports, finding.id, finding.untold, now));
    } finally {
      await ports.locks.release(lock, holder);
    }
  };
}

function isWaiting({ untold }: Finding, now: Instant): boolean {
  return untold.some(({ awaitsPlan, at }) => awaitsPlan === true && msBetween(at, now) < PLAN_WAIT_MS);
}

async function proposalsOf(ports: AnnouncePorts, findings: readonly Finding[]): Promise<Map<string, Proposal>> {
  const proposals = new Map<string, Proposal>();
  for (const finding of findings) {
    if (finding.planId === null || finding.approvalId === null) continue;
    const [plan, approval] = await Promise.all([
      ports.plans.get(finding.planId),
      ports.approvals.get(finding.approvalId),
    ]);
    if (plan && approval && plan.body.occurrence === finding.occurrence) proposals.set(finding.id, { plan, approval });
  }
  return proposals;
}

async function markTold(ports: AnnouncePorts, id: string, told: readonly Untold[], now: Instant): Promise<void> {
  const isTold = (mark: Untold) =>
    told.some((t) => t.kind === mark.kind && t.occurrence === mark.occurrence && t.at === mark.at);
  const opening = told.some((mark) => mark.kind !== 'resolved');
  await updateStored(ports.findings, id, (finding) => {
    const untold = finding.untold.filter((mark) => !isTold(mark));
    if (untold.length === finding.untold.length) return finding;
    return { ...finding, untold, alertedAt: opening ? (finding.alertedAt ?? now) : finding.alertedAt };
  });
}
