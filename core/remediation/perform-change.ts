import { messageOf } from '../errors.ts';
import { msBetween, type Instant } from '../time.ts';
import type { ChangePorts } from './change-ports.ts';
import {
  afterSteps,
  type ClosedPorts,
  closedPorts,
  InexactChange,
  proveOnly,
  sameClosedPorts,
} from './exact-change.ts';
import { LEASE_MS } from './firewall-lock.ts';
import type { FirewallStep } from './plan.ts';

/** `changed`: proved by a fresh read. `unchanged`: proved too, `why` says what went wrong. `unknown`: the firewall is in neither state. */
export type Performed = { kind: 'changed' } | { kind: 'unchanged'; why: string } | { kind: 'unknown'; why: string };

/**
 * Applies one step and judges it by a fresh read of the whole firewall object alone: an answer may be lost after the change was made.
 * The caller holds the lock since `lockedAt`.
 * @throws what the read threw when the firewall cannot be read afterwards.
 */
export async function performStep(
  ports: Pick<ChangePorts, 'firewall' | 'clock'>,
  step: FirewallStep,
  before: ClosedPorts,
  lockedAt: Instant,
): Promise<Performed> {
  const expected = afterSteps(before, [step]);
  const inexact = whyInexact(step, before, expected);
  if (inexact !== null) return { kind: 'unchanged', why: inexact };
  if (msBetween(lockedAt, ports.clock.now()) > LEASE_MS / 2) {
    throw new Error('reading the firewall took so long that its lock may run out during the change: trying again');
  }
  let failure: string | null = null;
  try {
    await ports.firewall.apply([step]);
  } catch (error) {
    failure = messageOf(error);
  }
  const after = closedPorts(await ports.firewall.readAll());
  if (sameClosedPorts(after, expected)) return { kind: 'changed' };
  if (sameClosedPorts(after, before)) {
    return { kind: 'unchanged', why: failure ?? `${ports.firewall.target} took the change and did not make it` };
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
