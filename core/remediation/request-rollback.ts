import { NotFound, Refused } from '../errors.ts';
import type { RemediationQueue } from '../ports/queues.ts';
import type { PlanStore } from '../ports/stores.ts';
import type { Plan, PlanState } from './plan.ts';

/** States in which the plan's element may be in the firewall. */
export const CAN_ROLL_BACK: ReadonlySet<PlanState> = new Set([
  'manual',
  'applying',
  'applied',
  'verified',
  'rolling-back',
  'failed',
]);

/**
 * Queues putting back what a plan closed; resolves to the plan as it is now.
 * @throws NotFound, Refused when the plan changed nothing or was put back already
 */
export async function requestRollback(
  ports: { plans: PlanStore; queue: RemediationQueue },
  planId: string,
  actor: string,
): Promise<Plan> {
  const plan = await ports.plans.get(planId);
  if (!plan) throw new NotFound('plan', planId);
  if (!CAN_ROLL_BACK.has(plan.state)) {
    throw new Refused(`Plan ${planId} is ${plan.state}: there is nothing to put back.`);
  }
  await ports.queue.send({ action: 'rollback', planId, approvalId: null, actor });
  return plan;
}
