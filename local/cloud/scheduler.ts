import { Cron } from 'croner';
import type { Log } from '../../core/ports/log.ts';
import { messageOf } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Instant } from '../../core/time.ts';

export interface ScheduleRow {
  readonly id: string;
  /** Time between two starts, milliseconds; rounded up to whole seconds. */
  readonly everyMs: number;
  /** Time to the first start, milliseconds. */
  readonly firstDelayMs: number;
}

export interface SchedulerOptions {
  readonly rows: readonly ScheduleRow[];
  readonly clock: Clock;
  readonly invoke: (taskId: string, scheduledAt: Instant) => Promise<void>;
  readonly log: Log;
}

export interface ScheduleStats {
  readonly started: number;
  /** Turns left out because the run before was still going. */
  readonly skipped: number;
  readonly failed: number;
}

export interface Scheduler {
  stats(): Readonly<Record<string, ScheduleStats>>;
  /** Starts nothing more and resolves once what runs has ended. */
  stop(): Promise<void>;
}

const LOOK_AT_CLOCK_EVERY_MS = 1_000;
/** croner counts a start that is not ahead of it as one that was missed, and waits for a whole interval. */
const AHEAD_MS = 250;
/** A wall clock that moved this much against the monotonic clock was set, not slewed. */
const JUMP_MS = 2_000;

/**
 * Takes the place of EventBridge Scheduler. A task whose run still goes is left out, not queued. croner plans by the wall clock, so when
 * that jumps every task is planned anew with the time it still had to wait.
 */
export function startScheduler(options: SchedulerOptions): Scheduler {
  const tasks = options.rows.map((row) => scheduleTask(row, options));
  const offset = (): number => Date.now() - performance.now();
  let expected = offset();
  const watch = setInterval(() => {
    if (Math.abs(offset() - expected) <= JUMP_MS) return;
    expected = offset();
    for (const task of tasks) task.plan();
  }, LOOK_AT_CLOCK_EVERY_MS);
  return {
    stats: () => Object.fromEntries(tasks.map((task) => [task.id, task.stats()])),
    async stop() {
      clearInterval(watch);
      await Promise.all(tasks.map((task) => task.stop()));
    },
  };
}

interface ScheduledTask {
  readonly id: string;
  /** Plans the next start by the wall clock as it is now. */
  plan(): void;
  stats(): ScheduleStats;
  stop(): Promise<void>;
}

function scheduleTask(row: ScheduleRow, { clock, invoke, log }: SchedulerOptions): ScheduledTask {
  const stats = { started: 0, skipped: 0, failed: 0 };
  const everySeconds = Math.max(1, Math.ceil(row.everyMs / 1_000));
  /** On the monotonic clock. */
  let dueAt = performance.now() + row.firstDelayMs;
  let running: Promise<void> | null = null;
  let cron: Cron | null = null;

  const run = async (): Promise<void> => {
    stats.started += 1;
    try {
      await invoke(row.id, clock.now());
    } catch (error) {
      stats.failed += 1;
      log.warn('a scheduled task failed', { task: row.id, reason: messageOf(error) });
    }
  };

  const tick = (): void => {
    dueAt = performance.now() + everySeconds * 1_000;
    if (running !== null) {
      stats.skipped += 1;
      return;
    }
    running = run().finally(() => {
      running = null;
    });
  };

  const plan = (): void => {
    cron?.stop();
    const startAt = new Date(Date.now() + Math.max(AHEAD_MS, dueAt - performance.now()));
    // Every second, but no two starts closer than the interval.
    cron = new Cron('* * * * * *', { interval: everySeconds, startAt, utcOffset: 0 }, tick);
  };

  plan();
  return {
    id: row.id,
    plan,
    stats: () => ({ ...stats }),
    async stop() {
      cron?.stop();
      await running;
    },
  };
}
