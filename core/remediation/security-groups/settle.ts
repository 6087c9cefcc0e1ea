import { AccessDenied, messageOf } from '../../errors.ts';
import type { Place } from '../../cloud/network.ts';
import { RuleProblem, type RuleProblemCode } from '../../cloud/rule-problem.ts';
import type { RuleChanger } from '../../ports/cloud.ts';
import type { Lease } from '../firewall-lock.ts';
import type { RulesByGroup } from './closure-plan.ts';
import type { RuleStep } from './rule-step.ts';

/** Waits between reads until a change shows, milliseconds: EC2 propagates with a small delay; 15.5 s in all. */
const WAITS_MS = [0, 500, 1_000, 2_000, 4_000, 8_000];
/** A call that does not lead to its change is made again this often at most; the SDK's own retries come on top. */
const CALLS = 3;

/** After these nothing was changed. Any other answer may hide a change that the next reads do not show yet. */
const NOT_CARRIED_OUT = new Set<RuleProblemCode>(['denied', 'quota', 'throttled']);
/** These pass by themselves. */
const PASSING = new Set<RuleProblemCode>(['throttled', 'unavailable']);

export interface SettlePorts {
  changer: RuleChanger;
  wait: (ms: number) => Promise<void>;
}

/** What remains to be done, judged by the live rules; or why that cannot be said any more: somebody else changed them. */
export type Remaining = readonly RuleStep[] | { drifted: string };

/** `done`: nothing remains. `drifted`: by these live rules, somebody else is at work. `refused`: EC2 does not make some step. */
export type Settled =
  | { kind: 'done' }
  | { kind: 'drifted'; why: string; live: RulesByGroup }
  | { kind: 'refused'; why: string };

/**
 * Makes one step after the other until nothing remains, each judged by fresh reads and not by its answer: an answer may be lost after
 * the call succeeded, and a call may be refused because it had succeeded before.
 * @throws RuleProblem when EC2 is throttling or out of reach for longer: the same call again goes on from there. @throws what a read threw.
 */
export async function settle(
  ports: SettlePorts,
  place: Place,
  groupIds: readonly string[],
  remainingOf: (live: RulesByGroup) => Remaining,
  lease: Lease,
): Promise<Settled> {
  const { changer, wait } = ports;
  const read = () => readPatiently(ports, place, groupIds);
  let calls = 0;
  let problem: unknown = null;
  let live = await read();
  for (;;) {
    const remaining = remainingOf(live);
    if ('drifted' in remaining) return { kind: 'drifted', why: remaining.drifted, live };
    const [step] = remaining;
    if (step === undefined) return { kind: 'done' };
    if (calls === CALLS) {
      if (problem instanceof RuleProblem && PASSING.has(problem.code)) throw problem;
      return {
        kind: 'refused',
        why: problem === null ? 'EC2 took the change and did not make it' : messageOf(problem),
      };
    }
    await lease.renew();
    calls += 1;
    problem = await problemOf(changer.apply(place, step));
    for (const ms of isOver(problem) ? [0] : WAITS_MS) {
      await wait(ms);
      live = await read();
      const now = remainingOf(live);
      const shows = 'drifted' in now || now.length < remaining.length;
      if (shows) calls = 0;
      if (shows) break;
    }
  }
}

/** A role that was changed a moment ago may be refused for some seconds: with the change half made, that is waited for. */
async function readPatiently(
  { changer, wait }: SettlePorts,
  place: Place,
  groupIds: readonly string[],
): Promise<RulesByGroup> {
  for (const ms of WAITS_MS.slice(1)) {
    try {
      return await changer.readRules(place, groupIds);
    } catch (error) {
      if (!(error instanceof AccessDenied)) throw error;
      await wait(ms);
    }
  }
  return changer.readRules(place, groupIds);
}

async function problemOf(call: Promise<void>): Promise<unknown> {
  try {
    await call;
    return null;
  } catch (error) {
    return error;
  }
}

/** The call changed nothing, so there is nothing to wait for. */
function isOver(problem: unknown): boolean {
  return problem !== null && (!(problem instanceof RuleProblem) || NOT_CARRIED_OUT.has(problem.code));
}
