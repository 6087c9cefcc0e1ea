import { AccessDenied, messageOf } from '../../errors.ts';
import { RuleProblem } from '../../cloud/rule-problem.ts';
import type { Place } from '../../cloud/network.ts';
import type { RuleChanger } from '../../ports/cloud.ts';
import type { ClosurePlan } from './closure-plan.ts';
import { rulesFrom } from './describe-rules.ts';
import { planInverse } from './plan-inverse.ts';
import type { RuleStep } from './rule-step.ts';
import { simulate } from './simulate.ts';

/**
 * Why the calls, or those that would take them back, are not permitted; null when they are. Asked before the first call: a change that is
 * stopped halfway for want of a permission may want the same permission to be taken back.
 * @throws RuleProblem when EC2 cannot be asked now
 */
export async function whyForbidden(
  changer: RuleChanger,
  place: Place,
  steps: readonly RuleStep[],
): Promise<string | null> {
  // A policy may name the action, the group and, by its tags, the rule.
  const kinds = new Map(
    steps.map((step) => [`${step.op} ${step.groupId} ${'ruleId' in step ? step.ruleId : ''}`, step]),
  );
  try {
    for (const step of kinds.values()) await changer.rehearse(place, step);
    return null;
  } catch (error) {
    const denied = error instanceof AccessDenied || (error instanceof RuleProblem && error.code === 'denied');
    if (denied) return messageOf(error);
    throw error;
  }
}

/** What would take the steps back, about rules that exist already. */
export function stepsThatUndo(
  change: Pick<ClosurePlan, 'before' | 'after'> & { readonly steps: readonly RuleStep[] },
): RuleStep[] {
  const known = new Map(
    change.steps.flatMap((step) => ('ruleId' in step ? [[step.groupId, step.ruleId] as const] : [])),
  );
  return planInverse(simulate(rulesFrom(change.before), change.steps), change).map((step) =>
    step.op === 'revoke' ? { ...step, ruleId: known.get(step.groupId) ?? step.ruleId } : step,
  );
}
