import { setImmediate as turn } from 'node:timers/promises';
import { vi } from 'vitest';

/** Turns of the event loop for each second: enough for a request to reach a server of this process. */
const TURNS = 200;

/** What `work` rejects with before `limit` seconds by its own timers have passed; sockets work as ever. Takes far less time than that. */
export async function rejectsWithinSeconds(limit: number, work: () => Promise<unknown>): Promise<unknown> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let end: { error: unknown } | undefined;
    work().then(
      (value) => (end = { error: new Error(`resolved to ${JSON.stringify(value)}`) }),
      (error: unknown) => (end = { error }),
    );
    for (let second = 0; second < limit && end === undefined; second += 1) {
      for (let i = 0; i < TURNS && end === undefined; i += 1) await turn();
      await vi.advanceTimersByTimeAsync(1_000);
    }
    for (let i = 0; i < TURNS && end === undefined; i += 1) await turn();
    if (end === undefined) throw new Error(`nothing happened within ${limit} s`);
    return end.error;
  } finally {
    vi.useRealTimers();
  }
}
