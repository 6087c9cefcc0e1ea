import { messageOf } from '../../errors.ts';
import type { Place } from '../../cloud/network.ts';
import type { RuleChanger } from '../../ports/cloud.ts';
import type { Lease } from '../firewall-lock.ts';
import type { RulesByGroup } from './closure-plan.ts';
import type { RuleStep } from './rule-step.ts';

/** Waits between reads until a change shows, milliseconds: EC2 propagates with a small delay; 15.5 s in all. */
const WAITS_MS = [0, 500, 1_000, 2_000, 4_000, 8_000];
/** A call that EC2 refuses or that does not show is made again this often at most; the SDK's own retries come on top. */
const CALLS = 3;

export interface SettlePorts {
  changer: RuleChanger;
  wait: (ms: number) => Promise<void>;
}

/** What remains to be done, judged by the live rules; a text says why it cannot be gone on with. */
export type Remaining = readonly RuleStep[] | string;

/** `done`: nothing remains. `stuck`: some step could not be made. `made`: how many were, as far as reads show. */
export type Settled = { kind: 'done'; made: number } | { kind: 'stuck'; why: string; made: number };

/**
 * Makes one step after the other until nothing remains, each judged by a fresh read and not by its answer: an answer may be lost after
 * the call succeeded, and a call may be refused because it had succeeded before.
 * @throws what the last read threw: the state is not known then.
 */
export async function settle(
  { changer, wait }: SettlePorts,
  place: Place,
  groupIds: readonly string[],
  remainingOf: (live: RulesByGroup) => Remaining,
  lease: Lease,
): Promise<Settled> {
  const read = async () => remainingOf(await changer.readRules(place, groupIds));
  let remaining = await read();
  let made = 0;
  let calls = 0;
  let problem = '';
  for (;;) {
    if (typeof remaining === 'string') return { kind: 'stuck', why: remaining, made };
    const [step] = remaining;
    if (step === undefined) return { kind: 'done', made };
    if (calls === CALLS) return { kind: 'stuck', why: problem, made };
    await lease.renew();
    calls += 1;
    problem = 'EC2 took the change and did not make it';
    let refused = false;
    try {
      await changer.apply(place, step);
    } catch (error) {
      problem = messageOf(error);
      refused = true;
    }
    const before: number = remaining.length;
    for (const ms of WAITS_MS) {
      await wait(ms);
      remaining = await read();
      if (typeof remaining === 'string' || remaining.length < before) break;
      // A refusal that a first read confirms needs no waiting for.
      if (refused) break;
    }
    if (typeof remaining !== 'string' && remaining.length < before) {
      made += 1;
      calls = 0;
    }
  }
}
