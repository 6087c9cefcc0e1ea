import { Refused } from '../../errors.ts';
import type { RulesByGroup } from './closure-plan.ts';
import type { RuleStep } from './rule-step.ts';

/** What EC2 would hold after the steps. */
export function simulate(rules: RulesByGroup, steps: readonly RuleStep[]): RulesByGroup {
  throw new Refused(`Cannot simulate ${steps.length} steps on ${rules.size} groups yet.`);
}
