import type { SecurityGroupRule } from '../../cloud/network.ts';
import { shapeOf } from './describe-rules.ts';
import type { RuleShape, RuleStep } from './rule-step.ts';
import { protocolOf, sourceText, tupleOf } from './rule-tuple.ts';
import type { Split } from './split-rule.ts';

/**
 * The calls that replace the rules of one group by what remains of them: authorize, then modify, then revoke.
 * A remainder that the group has already, or that two rules share, is made once: EC2 keeps no tuple twice.
 */
export function stepsOfGroup(
  groupId: string,
  rules: readonly SecurityGroupRule[],
  splits: readonly Split[],
  findingId: string,
): RuleStep[] {
  const replaced = new Set(splits.map(({ rule }) => rule.id));
  const taken = new Set(rules.filter(({ id }) => !replaced.has(id)).map(tupleOf));
  const shrinks = new Map<string, RuleShape>();
  for (const { rule, remainder } of splits) {
    const into = remainder.find((shape) => isPartOf(shape, rule) && !taken.has(tupleOf(shape)));
    if (!into) continue;
    shrinks.set(rule.id, into);
    taken.add(tupleOf(into));
  }
  const authorize: RuleStep[] = [];
  for (const { rule, remainder } of splits) {
    for (const shape of remainder) {
      if (taken.has(tupleOf(shape))) continue;
      taken.add(tupleOf(shape));
      const tags = { 'exposure:split-from': rule.id, 'exposure:finding': findingId };
      authorize.push({ op: 'authorize', groupId, rule: shape, tags });
    }
  }
  const remove = splits.map(({ rule }): RuleStep => {
    const to = shrinks.get(rule.id);
    const from = shapeOf(rule);
    return to
      ? { op: 'modify', groupId, ruleId: rule.id, from, to }
      : { op: 'revoke', groupId, ruleId: rule.id, rule: from };
  });
  return [...authorize, ...remove.filter(({ op }) => op === 'modify'), ...remove.filter(({ op }) => op === 'revoke')];
}

/** A rule shrinks in place by its ports alone: EC2 changes no kind of source, and with its source a rule keeps its meaning. */
function isPartOf(shape: RuleShape, rule: SecurityGroupRule): boolean {
  return (
    protocolOf(shape.protocol) === protocolOf(rule.protocol) && sourceText(shape.source) === sourceText(rule.source)
  );
}
