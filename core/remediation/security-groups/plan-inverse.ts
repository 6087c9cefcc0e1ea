import type { SecurityGroupRule, Tags } from '../../cloud/network.ts';
import { Refused } from '../../errors.ts';
import type { ClosurePlan, DescribedRule, RulesByGroup } from './closure-plan.ts';
import { ingressOf, shapeOf } from './describe-rules.ts';
import { InexactClosure } from './inexact-closure.ts';
import type { RuleStep } from './rule-step.ts';
import { tupleOf } from './rule-tuple.ts';
import { simulate } from './simulate.ts';

/**
 * The steps from the live rules, anywhere between the plan's `before` and `after` in either direction, back to `before`. Empty: it is reached.
 * A rule that still has its id is modified back; one that was revoked is authorized with its description and tags and gets a new id; then
 * what was added is revoked. So nobody who is let in after is shut out on the way.
 * @throws Refused when somebody else changed the groups: then only a person can say what is wanted. A rule that the plan only shrinks and
 * that is gone was removed by somebody else, and is not put back.
 */
export function planInverse(live: RulesByGroup, plan: Pick<ClosurePlan, 'before' | 'after'>): RuleStep[] {
  const steps = Object.entries(plan.before).map(([groupId, before]) => {
    const held = live.get(groupId);
    if (!held) throw new Refused(`${groupId} is gone: its rules cannot be put back.`);
    return stepsBack(groupId, ingressOf(held), before, plan.after[groupId] ?? []);
  });
  const ordered = (['modify', 'authorize', 'revoke'] as const).flatMap((op) =>
    steps.flat().filter((step) => step.op === op),
  );
  proveRestored(simulate(live, ordered), plan);
  return ordered;
}

function stepsBack(
  groupId: string,
  held: readonly SecurityGroupRule[],
  before: readonly DescribedRule[],
  after: readonly DescribedRule[],
): RuleStep[] {
  const [is, was, left] = [
    new Set(held.map(tupleOf)),
    new Set(before.map(({ rule }) => tupleOf(rule))),
    new Set(after.map(({ rule }) => tupleOf(rule))),
  ];
  refuseDrift(groupId, held, { is, was, left });
  refuseRemoved(groupId, held, before, after);
  const steps: RuleStep[] = [];
  const modified = new Set<string>();
  for (const { id, rule, tags } of before) {
    if (is.has(tupleOf(rule))) continue;
    const shrunk = held.find((each) => each.id === id && !was.has(tupleOf(each)));
    if (shrunk) {
      modified.add(shrunk.id);
      steps.push({ op: 'modify', groupId, ruleId: shrunk.id, from: shapeOf(shrunk), to: rule });
    } else {
      steps.push({ op: 'authorize', groupId, rule, tags: settable(tags) });
    }
  }
  for (const rule of held) {
    if (was.has(tupleOf(rule)) || modified.has(rule.id)) continue;
    steps.push({ op: 'revoke', groupId, ruleId: rule.id, rule: shapeOf(rule) });
  }
  return steps;
}

type Tuples = Readonly<Record<'is' | 'was' | 'left', ReadonlySet<string>>>;

/** What the plan does not know was added by somebody else; what it leaves alone and is missing was removed by somebody else. */
function refuseDrift(groupId: string, held: readonly SecurityGroupRule[], { is, was, left }: Tuples): void {
  const added = held.filter((rule) => !was.has(tupleOf(rule)) && !left.has(tupleOf(rule)));
  const gone = [...was].filter((tuple) => left.has(tuple) && !is.has(tuple));
  if (added.length === 0 && gone.length === 0) return;
  const found = [
    ...added.map((rule) => `it has "${tupleOf(rule)}" (${rule.id}) besides`),
    ...gone.map((tuple) => `it lacks "${tuple}"`),
  ];
  throw new Refused(
    `${groupId} was changed by somebody else: ${found.join('; ')}. Compare it by hand before anything is put back.`,
  );
}

/** The plan never removes a rule that it shrinks. */
function refuseRemoved(
  groupId: string,
  held: readonly SecurityGroupRule[],
  before: readonly DescribedRule[],
  after: readonly DescribedRule[],
): void {
  const [ids, tuples] = [new Set(held.map(({ id }) => id)), new Set(held.map(tupleOf))];
  const shrunk = new Map(after.map(({ id, rule }) => [id, tupleOf(rule)]));
  const removed = before.filter(({ id, rule }) => {
    const left = shrunk.get(id);
    return id !== null && left !== undefined && !ids.has(id) && !tuples.has(tupleOf(rule)) && !tuples.has(left);
  });
  if (removed.length === 0) return;
  throw new Refused(
    `${groupId} was changed by somebody else: ${removed.map(({ id, rule }) => `${id} ("${tupleOf(rule)}") is gone`).join('; ')}. Compare it by hand before anything is put back.`,
  );
}

/** EC2 keeps the prefix `aws:` for itself and refuses tags that begin so. */
function settable(tags: Tags): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.toLowerCase().startsWith('aws:')));
}

function proveRestored(rules: RulesByGroup, { before }: Pick<ClosurePlan, 'before'>): void {
  for (const [groupId, wanted] of Object.entries(before)) {
    const would = ingressOf(rules.get(groupId) ?? [])
      .map(tupleOf)
      .sort();
    const should = wanted.map(({ rule }) => tupleOf(rule)).sort();
    if (would.join('\n') !== should.join('\n')) {
      throw new InexactClosure(`${groupId} would hold ${would.join(', ')} instead of ${should.join(', ')}`);
    }
  }
}
