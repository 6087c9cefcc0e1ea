import { messageOf } from '../../core/errors.ts';
import { after, type Instant } from '../../core/time.ts';

export interface Waiting {
  readonly now: () => Instant;
  /** Resolves after `ms`; rejects when the signal aborts. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Aborts when somebody stops the canary. */
  readonly signal: AbortSignal;
}

const POLL_MS = 1_000;
/** Pauses before another try of what must be done. */
const INSIST_MS = [1_000, 2_000, 4_000, 8_000] as const;

/** It did not happen in time. */
export class Over extends Error {
  override readonly name = 'Over';
}

/** Asks every second until there is an answer. @throws Over after `timeoutMs`; the signal's reason when it aborts */
export async function waitFor<T>(
  { now, wait, signal }: Waiting,
  timeoutMs: number,
  what: string,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = after(now(), timeoutMs);
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (now() >= deadline) throw new Over(`${what} after ${timeoutMs / 1_000} s`);
    await wait(POLL_MS, signal);
  }
}

/** Does what must be done, stopped or not, with a few tries. @throws what the last try threw */
export async function insist<T>({ wait }: Waiting, say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  for (const pause of INSIST_MS) {
    try {
      return await work();
    } catch (error) {
      say(`${messageOf(error)}; trying again in ${pause / 1_000} s`);
      await wait(pause);
    }
  }
  return work();
}
