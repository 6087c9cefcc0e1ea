import type { RulesByGroup } from './closure-plan.ts';
import { ingressOf } from './describe-rules.ts';
import type { RuleStep } from './rule-step.ts';
import { tupleOf } from './rule-tuple.ts';

/**
 * What takes back the steps themselves where somebody else has edited the groups too: a rule that is as a step left it becomes as it was, a
 * rule that a step added goes. What anybody else changed, added or removed stays as they left it. null: a rule that a step removes is
 * gone, and nobody can tell by whom; it must not come back if it was somebody else.
 */
export function ownStepsBack(live: RulesByGroup, steps: readonly RuleStep[]): RuleStep[] | null {
  const modify: RuleStep[] = [];
  const revoke: RuleStep[] = [];
  for (const step of steps) {
    const { groupId } = step;
    const held = ingressOf(live.get(groupId) ?? []);
    const withTuple = (rule: Parameters<typeof tupleOf>[0]) => held.find((each) => tupleOf(each) === tupleOf(rule));
    if (step.op === 'authorize') {
      const added = withTuple(step.rule);
      const isOwn = added && Object.entries(step.tags).every(([key, value]) => added.tags[key] === value);
      if (isOwn) revoke.push({ op: 'revoke', groupId, ruleId: added.id, rule: step.rule });
    } else if (step.op === 'modify') {
      const asLeft = withTuple(step.to)?.id === step.ruleId && !withTuple(step.from);
      if (asLeft) modify.push({ ...step, from: step.to, to: step.from });
    } else if (live.has(groupId) && !withTuple(step.rule)) {
      return null;
    }
  }
  return [...modify, ...revoke];
}
