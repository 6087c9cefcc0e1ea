import type { Approval } from '../approvals/approval.ts';
import { finishDecision } from '../approvals/finish.ts';
import { approvalAt } from '../approvals/state.ts';
import { messageOf, VersionConflict } from '../errors.ts';
import { msBetween, seconds, type Instant } from '../time.ts';
import { updateStored } from '../update-stored.ts';
import type { ChangePorts, VerifyPorts } from './change-ports.ts';
import { approvalIdOf } from './make-plan.ts';
import { refuse } from './outcome.ts';
import type { Plan } from './plan.ts';
import { isWaitingForRoom } from './rate-cap.ts';
import { PORTCULLIS } from './record.ts';
import { MAX_VERIFICATIONS, sendVerification } from './verification-shards.ts';
import { giveUp } from './verify.ts';

/** Without progress for longer, a message is taken to be lost: a verification with its retries takes about 12 s. */
const STALE_MS = seconds(15);
/** How often a change that a person makes by hand is looked for. */
const MANUAL_MS = seconds(10);

export type ReconcilePlansPorts = Pick<ChangePorts, 'queue' | 'shards'> & VerifyPorts;

/**
 * Resumes what a crash or a lost message left of changes and decisions; call it every few seconds to a minute.
 * One plan that fails does not stop the others.
 * @throws AggregateError with everything that failed, at the end.
 */
export async function reconcilePlans(ports: ReconcilePlansPorts): Promise<void> {
  const errors: unknown[] = [];
  const attempt = async (id: string, work: Promise<void>) => {
    try {
      await work;
    } catch (error) {
      // Somebody else just made progress.
      if (!(error instanceof VersionConflict)) errors.push(new Error(id, { cause: error }));
    }
  };
  for (const plan of await ports.plans.listUnfinished()) await attempt(plan.id, resumePlan(ports, plan));
  for (const approval of await ports.approvals.listUnfinished()) {
    await attempt(approval.id, resumeApproval(ports, approval));
  }
  if (errors.length > 0) throw new AggregateError(errors, errors.map(messageOf).join('; '));
}

async function resumePlan(ports: ReconcilePlansPorts, plan: Plan): Promise<void> {
  const now = ports.clock.now();
  const idle = msBetween(plan.updatedAt, now);
  if (plan.state === 'manual') return idle < MANUAL_MS ? undefined : lookForManual(ports, plan, now);
  if (idle <= STALE_MS) return;
  if (plan.state === 'applying') {
    const approvalId = approvalIdOf(plan);
    await ports.queue.send({ action: 'apply', planId: plan.id, approvalId, actor: PORTCULLIS });
  } else if (plan.state === 'rolling-back') {
    await ports.queue.send({ action: 'rollback', planId: plan.id, approvalId: null, actor: PORTCULLIS });
  } else if (plan.state === 'applied') {
    if (plan.verifications >= MAX_VERIFICATIONS) await giveUp(ports, plan);
    else await verifyAgain(ports, plan, now);
  }
}

async function verifyAgain(ports: ReconcilePlansPorts, plan: Plan, now: Instant): Promise<void> {
  const saved = await ports.plans.save({ ...plan, verifications: plan.verifications + 1, updatedAt: now });
  await sendVerification(ports, saved);
}

async function lookForManual(ports: ReconcilePlansPorts, plan: Plan, now: Instant): Promise<void> {
  const approval = await ports.approvals.get(approvalIdOf(plan));
  if (approval !== undefined && now < approval.expiresAt) return verifyAgain(ports, plan, now);
  await refuse(ports, plan, 'nobody ran the commands before the approval ran out');
}

async function resumeApproval(ports: ReconcilePlansPorts, approval: Approval): Promise<void> {
  const now = ports.clock.now();
  const expired = approvalAt(approval, now).state === 'expired';
  const stale = approval.decidedAt !== null && msBetween(approval.decidedAt, now) > STALE_MS;
  if (!expired && !stale) return;
  const plan = await ports.plans.get(approval.planId);
  if (expired) return expire(ports, approval, plan, now);
  if (approval.state === 'denied') return finishDecision(ports, approval, 'resumed');
  if (approval.state !== 'approved' || plan === undefined || approval.id !== approvalIdOf(plan)) return;
  if (plan.state === 'proposed' && !isWaitingForRoom(plan, now)) await finishDecision(ports, approval, 'resumed');
  const cutOff = (plan.state === 'refused' || plan.state === 'failed') && msBetween(plan.updatedAt, now) > STALE_MS;
  if (cutOff) {
    await ports.queue.send({ action: 'apply', planId: plan.id, approvalId: approval.id, actor: PORTCULLIS });
  }
}

async function expire(
  ports: ReconcilePlansPorts,
  approval: Approval,
  plan: Plan | undefined,
  now: Instant,
): Promise<void> {
  const note = 'nobody decided before the approval ran out';
  if (plan?.state === 'proposed' && approval.id === approvalIdOf(plan)) {
    await ports.plans.save({ ...plan, state: 'refused', note, updatedAt: now });
  }
  await updateStored(ports.approvals, approval.id, (current): Approval =>
    approvalAt(current, now).state === 'expired' ? { ...current, state: 'expired', outcome: note } : current,
  );
}
