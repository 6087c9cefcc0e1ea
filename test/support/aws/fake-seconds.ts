import { setImmediate as turn } from 'node:timers/promises';
import { vi } from 'vitest';

/** Turns of the event loop for each second: enough for a request to reach a server of this process. */
const TURNS = 200;

/** What `work` rejects with before `limit` seconds by its own timers have passed; sockets work as ever. Takes far less time than that. */
export async function rejectsWithinSeconds(limit: number, work: () => Promise<unknown>): Promise<unknown> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const ends: unknown[] = [];
    work().then(
      (value) => ends.push(new Error(`resolved to ${JSON.stringify(value)}`)),
      (error: unknown) => ends.push(error),
    );
    for (let second = 0; second < limit && ends.length === 0; second += 1) {
      for (let i = 0; i < TURNS && ends.length === 0; i += 1) await turn();
      await vi.advanceTimersByTimeAsync(1_000);
    }
    for (let i = 0; i < TURNS && ends.length === 0; i += 1) await turn();
    if (ends.length === 0) throw new Error(`nothing happened within ${limit} s`);
    return ends[0];
  } finally {
    vi.useRealTimers();
  }
}
