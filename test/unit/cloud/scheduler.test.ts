import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toInstant } from '../../../core/time.ts';
import { startScheduler, type ScheduleRow } from '../../../local/cloud/scheduler.ts';

const clock = { now: () => toInstant(Date.now()) };
const log = { info: () => undefined, warn: () => undefined };

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T09:00:00.000Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Starts the rows and records the second, on the monotonic clock, of each start. */
function recorded(rows: ScheduleRow[], work: () => Promise<void> = () => Promise.resolve()) {
  const zero = performance.now();
  const starts: [string, number][] = [];
  const scheduler = startScheduler({
    rows,
    clock,
    log,
    invoke: (id) => {
      starts.push([id, Math.round((performance.now() - zero) / 1_000)]);
      return work();
    },
  });
  return { scheduler, starts };
}

describe('the scheduler', () => {
  it('starts each task after its first delay and then at its cadence, below a minute too', async () => {
    const { scheduler, starts } = recorded([
      { id: 'a', everyMs: 5_000, firstDelayMs: 2_000 },
      { id: 'b', everyMs: 60_000, firstDelayMs: 10_000 },
    ]);
    await vi.advanceTimersByTimeAsync(75_000);
    expect(starts.filter(([id]) => id === 'a').map(([, at]) => at)).toEqual([
      2, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52, 57, 62, 67, 72,
    ]);
    expect(starts.filter(([id]) => id === 'b').map(([, at]) => at)).toEqual([10, 70]);
    await scheduler.stop();
  });

  it('leaves out a turn whose run before still goes', async () => {
    const { scheduler } = recorded(
      [{ id: 'slow', everyMs: 5_000, firstDelayMs: 5_000 }],
      () => new Promise((resolve) => setTimeout(resolve, 12_000)),
    );
    await vi.advanceTimersByTimeAsync(31_000);
    expect(scheduler.stats()).toEqual({ slow: { started: 2, skipped: 4, failed: 0 } });
    const stopped = scheduler.stop();
    await vi.advanceTimersByTimeAsync(12_000);
    await stopped;
  });

  it('goes on after a run that failed', async () => {
    const { scheduler } = recorded([{ id: 'a', everyMs: 5_000, firstDelayMs: 5_000 }], () =>
      Promise.reject(new Error('no')),
    );
    await vi.advanceTimersByTimeAsync(16_000);
    expect(scheduler.stats()).toEqual({ a: { started: 3, skipped: 0, failed: 3 } });
    await scheduler.stop();
  });

  it.each([
    ['back by an hour', -3_600_000],
    ['back by a day', -86_400_000],
    ['forward by an hour', 3_600_000],
    ['forward by three years', 94_608_000_000],
  ])('keeps its cadence when the wall clock jumps %s', async (_, jump) => {
    const { scheduler, starts } = recorded([{ id: 'a', everyMs: 30_000, firstDelayMs: 30_000 }]);
    await vi.advanceTimersByTimeAsync(40_500);
    expect(starts).toEqual([['a', 30]]);
    vi.setSystemTime(Date.now() + jump);
    await vi.advanceTimersByTimeAsync(90_000);
    const seconds = starts.map(([, at]) => at);
    expect(seconds).toHaveLength(4);
    for (const [i, second] of seconds.entries()) expect(Math.abs(second - 30 * (i + 1))).toBeLessThanOrEqual(2);
    await scheduler.stop();
  });

  it('starts a task without a first delay within two seconds', async () => {
    const { scheduler, starts } = recorded([{ id: 'a', everyMs: 600_000, firstDelayMs: 0 }]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(starts).toHaveLength(1);
    await scheduler.stop();
  });

  it('starts nothing after it was stopped, and waits for what runs', async () => {
    const ended: string[] = [];
    const { scheduler, starts } = recorded([{ id: 'a', everyMs: 5_000, firstDelayMs: 0 }], async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      ended.push('run');
    });
    await vi.advanceTimersByTimeAsync(1_500);
    const stopped = scheduler.stop().then(() => ended.push('stop'));
    await vi.advanceTimersByTimeAsync(60_000);
    await stopped;
    expect(ended).toEqual(['run', 'stop']);
    expect(starts).toHaveLength(1);
  });

  it('does not depend on the time zone of the machine', async () => {
    vi.stubEnv('TZ', 'America/New_York');
    vi.setSystemTime(Date.parse('2026-11-01T05:59:50.000Z'));
    const { scheduler, starts } = recorded([{ id: 'a', everyMs: 5_000, firstDelayMs: 1_000 }]);
    await vi.advanceTimersByTimeAsync(22_000);
    expect(starts.map(([, at]) => at)).toEqual([1, 6, 11, 16, 21]);
    await scheduler.stop();
    vi.unstubAllEnvs();
  });
});
