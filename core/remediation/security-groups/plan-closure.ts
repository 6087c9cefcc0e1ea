import { Refused } from '../../errors.ts';
import type { ClosurePlan, ClosureRequest } from './closure-plan.ts';

/** @throws Refused with the reason and what to do. */
export function planClosure(request: ClosureRequest): ClosurePlan {
  throw new Refused(`No plan to close ${request.protocol} port ${request.port} can be made yet.`);
}
