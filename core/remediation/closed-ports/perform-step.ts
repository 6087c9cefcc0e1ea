import { messageOf } from '../../errors.ts';
import type { Performed } from '../../ports/firewall.ts';
import type { PortCloser } from '../../ports/port-closer.ts';
import type { Lease } from '../firewall-lock.ts';
import {
  afterSteps,
  type ClosedPorts,
  closedPorts,
  InexactChange,
  proveOnly,
  sameClosedPorts,
} from './exact-change.ts';
import type { FirewallStep } from './firewall-step.ts';

/**
 * Applies one step and judges it by a fresh read of the whole firewall object alone: an answer may be lost after the change was made.
 * @throws what the read threw when the firewall cannot be read afterwards, or when the lock is lost before the change.
 */
export async function performStep(
  closer: PortCloser,
  step: FirewallStep,
  before: ClosedPorts,
  lease: Lease,
): Promise<Performed> {
  const expected = afterSteps(before, [step]);
  const inexact = whyInexact(step, before, expected);
  if (inexact !== null) return { kind: 'unchanged', why: inexact };
  await lease.renew();
  let failure: string | null = null;
  try {
    await closer.apply([step]);
  } catch (error) {
    failure = messageOf(error);
  }
  const after = closedPorts(await closer.readAll());
  if (sameClosedPorts(after, expected)) return { kind: 'changed' };
  if (sameClosedPorts(after, before)) {
    return { kind: 'unchanged', why: failure ?? `${closer.target} took the change and did not make it` };
  }
  const what = whyInexact(step, before, after) ?? 'it changed again meanwhile';
  return { kind: 'unknown', why: failure === null ? what : `${what}; ${failure}` };
}

function whyInexact(step: FirewallStep, before: ClosedPorts, after: ClosedPorts): string | null {
  try {
    proveOnly(step, before, after);
    return null;
  } catch (error) {
    if (error instanceof InexactChange) return messageOf(error);
    throw error;
  }
}
