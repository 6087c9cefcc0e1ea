import { Refused } from '../../errors.ts';
import type { ClosurePlan, RulesByGroup } from './closure-plan.ts';
import type { RuleStep } from './rule-step.ts';

/** The steps from the live rules, anywhere between the plan's `after` and `before`, back to `before`. Empty: nothing is left to do. */
export function planInverse(live: RulesByGroup, plan: Pick<ClosurePlan, 'before' | 'after'>): RuleStep[] {
  throw new Refused(`Cannot undo ${Object.keys(plan.before).length} of ${live.size} groups yet.`);
}
