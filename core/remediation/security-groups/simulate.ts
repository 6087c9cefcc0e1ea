import type { SecurityGroupRule } from '../../cloud/network.ts';
import { Refused } from '../../errors.ts';
import type { RulesByGroup } from './closure-plan.ts';
import type { RuleStep } from './rule-step.ts';
import { UNNAMED, tupleOf } from './rule-tuple.ts';

/**
 * What EC2 would hold after the steps; a rule it would name gets an id that begins with `new:`. A step that is done already changes nothing.
 * @throws Refused where EC2 would refuse: the group or the rule is gone, or the tuple exists.
 */
export function simulate(rules: RulesByGroup, steps: readonly RuleStep[]): RulesByGroup {
  const groups = new Map([...rules].map(([groupId, each]) => [groupId, [...each]]));
  for (const step of steps) {
    const group = groups.get(step.groupId);
    if (!group) throw new Refused(`${step.groupId} does not exist.`);
    groups.set(step.groupId, applied(group, step));
  }
  return groups;
}

function applied(group: readonly SecurityGroupRule[], step: RuleStep): SecurityGroupRule[] {
  if (step.op === 'revoke') return group.filter(({ id }) => id !== step.ruleId);
  const wanted = tupleOf(step.op === 'modify' ? step.to : step.rule);
  const holder = group.find((rule) => !rule.egress && tupleOf(rule) === wanted);
  if (step.op === 'authorize') {
    if (holder) return [...group];
    const named = { id: `${UNNAMED}${wanted}`, groupId: step.groupId, egress: false };
    return [...group, { ...named, ...step.rule, tags: step.tags }];
  }
  if (!group.some(({ id }) => id === step.ruleId)) throw new Refused(`${step.groupId} has no rule ${step.ruleId}.`);
  if (holder && holder.id !== step.ruleId) {
    throw new Refused(`${step.groupId} has "${wanted}" already (${holder.id}): ${step.ruleId} cannot become the same.`);
  }
  return group.map((rule) => (rule.id === step.ruleId ? { ...rule, ...step.to } : rule));
}
