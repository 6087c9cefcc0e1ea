import type { SecurityGroupRule } from '../../cloud/network.ts';
import { canonicalJson, hashOf } from '../../identity.ts';
import type { DescribedRule, GroupRules, RulesByGroup } from './closure-plan.ts';
import type { RuleShape } from './rule-step.ts';

/** Ids that begin so stand for rules EC2 has not named yet. */
export const UNNAMED = 'new:';

/** The rules as a person approves them and as live state is compared: sorted, so that equal rules have equal text. */
export function describeRules(rules: RulesByGroup): GroupRules {
  const described: GroupRules = {};
  for (const [groupId, each] of rules) {
    described[groupId] = each
      .filter(({ egress }) => !egress)
      .map(describe)
      .sort(byText);
  }
  return described;
}

/** SHA-256 of the described rules, in hex: ids, tuples, descriptions and tags all count. */
export function rulesHash(rules: RulesByGroup | GroupRules): string {
  return hashOf(rules instanceof Map ? describeRules(rules as RulesByGroup) : rules);
}

/** The rule as it would be given to EC2. */
export function shapeOf({ protocol, fromPort, toPort, source, description }: SecurityGroupRule): RuleShape {
  return { protocol, fromPort, toPort, source: { ...source }, description };
}

/** What EC2 tells rules of one group apart by: two rules with the same tuple cannot exist. Descriptions and tags do not count. */
export function tupleOf({ protocol, fromPort, toPort, source }: Omit<RuleShape, 'description'>): string {
  return `${protocol} ${portsText(protocol, fromPort, toPort)} from ${sourceText(source)}`;
}

export function sourceText(source: RuleShape['source']): string {
  return source.kind === 'ipv4' || source.kind === 'ipv6' ? source.cidr : source.id;
}

function portsText(protocol: string, from: number | null, to: number | null): string {
  if (protocol === '-1') return 'all';
  return from === to ? `${from ?? 'all'}` : `${from ?? 'all'}-${to ?? 'all'}`;
}

function describe(rule: SecurityGroupRule): DescribedRule {
  return {
    id: rule.id.startsWith(UNNAMED) ? null : rule.id,
    rule: shapeOf(rule),
    tags: { ...rule.tags },
  };
}

function byText(a: DescribedRule, b: DescribedRule): number {
  const [left, right] = [canonicalJson(a), canonicalJson(b)];
  return Number(left > right) - Number(left < right);
}
