import type { SecurityGroupRule } from '../../cloud/network.ts';
import type { GroupRules, RulesByGroup } from './closure-plan.ts';
import { ingressOf, rulesFrom } from './describe-rules.ts';
import { planInverse } from './plan-inverse.ts';
import type { RuleStep } from './rule-step.ts';
import { UNNAMED, tupleOf } from './rule-tuple.ts';
import { simulate } from './simulate.ts';

/** Where live rules stand between `before` and `after`. `remaining`: the steps that are not done yet, in order. */
export type Standing =
  | { readonly kind: 'before' }
  | { readonly kind: 'after' }
  | { readonly kind: 'partial'; readonly remaining: readonly RuleStep[] }
  | { readonly kind: 'drifted'; readonly why: string };

/**
 * Compares the live rules with every state that the steps pass through, by tuple and, where it is known, by id. Descriptions and tags decide
 * nothing about who gets in and are not compared. `drifted`: none of these states; somebody else changed the groups.
 */
export function standingOf(
  live: RulesByGroup,
  before: GroupRules,
  after: GroupRules,
  steps: readonly RuleStep[],
): Standing {
  let nearest = differences(live, rulesFrom(after));
  if (nearest.length === 0) return { kind: 'after' };
  let state = rulesFrom(before);
  for (const [done, step] of steps.entries()) {
    const found = differences(live, state);
    if (found.length === 0) return done === 0 ? { kind: 'before' } : { kind: 'partial', remaining: steps.slice(done) };
    if (done === 0 || found.length < nearest.length) nearest = found;
    state = simulate(state, [step]);
  }
  return { kind: 'drifted', why: `somebody else changed the rules: ${nearest.join('; ')}` };
}

/**
 * Were the rules left while the steps, as far as they had come, were being taken back? Rules that were removed come back with new ids, so
 * this is none of the states that the steps pass through.
 */
export function isBeingUndone(
  live: RulesByGroup,
  before: GroupRules,
  after: GroupRules,
  steps: readonly RuleStep[],
): boolean {
  const given = new Set(Object.values(before).flatMap((rules) => rules.map(({ id }) => id)));
  let made = rulesFrom(before);
  for (const step of steps) {
    made = simulate(made, [step]);
    let state = made;
    for (const back of planInverse(made, { before, after })) {
      state = simulate(state, [back]);
      if (differences(live, state).length === 0 && hasNewIds(live, state, given)) return true;
    }
  }
  return false;
}

/** A rule that was put back has an id of its own: with the one it had, it was never removed. */
function hasNewIds(live: RulesByGroup, expected: RulesByGroup, given: ReadonlySet<string | null>): boolean {
  return [...expected].every(([groupId, rules]) => {
    const held = byTuple(live.get(groupId) ?? []);
    return rules.every((rule) => !rule.id.startsWith(UNNAMED) || !given.has(held.get(tupleOf(rule))?.id ?? null));
  });
}

function differences(live: RulesByGroup, expected: RulesByGroup): string[] {
  const found: string[] = [];
  for (const [groupId, rules] of expected) {
    const held = live.get(groupId);
    if (!held) {
      found.push(`${groupId} is gone`);
      continue;
    }
    const [is, should] = [byTuple(held), byTuple(rules)];
    for (const [tuple, { id }] of should) {
      const own = is.get(tuple);
      if (!own) found.push(`${groupId} lacks "${tuple}"${id.startsWith(UNNAMED) ? '' : ` (${id})`}`);
      else if (!id.startsWith(UNNAMED) && own.id !== id) {
        found.push(`"${tuple}" of ${groupId} is ${own.id}, no longer ${id}`);
      }
    }
    for (const [tuple, { id }] of is) if (!should.has(tuple)) found.push(`${groupId} has "${tuple}" (${id}) besides`);
  }
  return found;
}

function byTuple(rules: readonly SecurityGroupRule[]): Map<string, SecurityGroupRule> {
  return new Map(ingressOf(rules).map((rule) => [tupleOf(rule), rule]));
}
