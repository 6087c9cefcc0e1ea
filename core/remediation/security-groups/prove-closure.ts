import type { PrefixList } from '../../cloud/network.ts';
import { PortcullisError } from '../../errors.ts';
import type { ClosureTarget, RulesByGroup } from './closure-plan.ts';

/** The rules differ, or would differ, by something else than the one port from public sources. */
export class InexactClosure extends PortcullisError {
  readonly code = 'INEXACT_CLOSURE';
}

/**
 * Holds only if every group admits after what it admitted before, without the target from public sources.
 * @throws InexactClosure naming what else differs.
 */
export function proveClosure(
  before: RulesByGroup,
  after: RulesByGroup,
  target: ClosureTarget,
  prefixLists: readonly PrefixList[],
): void {
  throw new InexactClosure(`${target.protocol} ${before.size} ${after.size} ${prefixLists.length}`);
}
