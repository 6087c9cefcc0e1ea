import type { SecurityGroupRule } from '../../cloud/network.ts';
import { canonicalJson, hashOf } from '../../identity.ts';
import type { DescribedRule, GroupRules, RulesByGroup } from './closure-plan.ts';
import type { RuleShape } from './rule-step.ts';
import { UNNAMED, tupleOf } from './rule-tuple.ts';

/** The ingress rules as a person approves them and as live state is compared: sorted, so that equal rules have equal text. */
export function describeRules(rules: RulesByGroup): GroupRules {
  const groups = [...rules].map(([groupId, each]) => [groupId, ingressOf(each).map(describe).sort(byText)] as const);
  return Object.fromEntries(groups);
}

/** SHA-256 of the described rules, in hex: ids, tuples, descriptions and tags all count. */
export function rulesHash(rules: RulesByGroup): string {
  return hashOf(describeRules(rules));
}

/** Described rules as rules again; one without an id gets one that begins with `new:`. */
export function rulesFrom(groups: GroupRules): RulesByGroup {
  const asRule = (groupId: string, { id, rule, tags }: DescribedRule): SecurityGroupRule => ({
    id: id ?? `${UNNAMED}${tupleOf(rule)}`,
    groupId,
    egress: false,
    tags,
    ...rule,
  });
  return new Map(Object.entries(groups).map(([groupId, each]) => [groupId, each.map((one) => asRule(groupId, one))]));
}

export function ingressOf(rules: readonly SecurityGroupRule[]): SecurityGroupRule[] {
  return rules.filter(({ egress }) => !egress);
}

/** The rule as it would be given to EC2. */
export function shapeOf({ protocol, fromPort, toPort, source, description }: SecurityGroupRule): RuleShape {
  return { protocol, fromPort, toPort, source: { ...source }, description };
}

function describe(rule: SecurityGroupRule): DescribedRule {
  return { id: rule.id.startsWith(UNNAMED) ? null : rule.id, rule: shapeOf(rule), tags: { ...rule.tags } };
}

function byText(a: DescribedRule, b: DescribedRule): number {
  const [left, right] = [canonicalJson(a), canonicalJson(b)];
  return Number(left > right) - Number(left < right);
}
