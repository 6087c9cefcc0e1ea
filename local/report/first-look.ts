import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskRunStore } from '../../core/ports/stores.ts';
import type { TaskRun } from '../../core/planning/task-run.ts';

/** The table comes after this long even when the first full look is not done. */
const PATIENCE_MS = 25_000;
const LOOK_EVERY_MS = 250;
/** Every task of the start has made its run by then. */
const RUNS_APPEAR_MS = 2_000;

/** Waits for the runs made at the start; resolves to the share of their shards that is done, 0 to 1. */
export async function waitForFirstLook(runs: TaskRunStore, since: string, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  for (;;) {
    const first = (await runs.list({ limit: 50 })).filter((run) => run.startedAt >= since);
    const done = shareOf(firstOfEachTask(first));
    const waited = performance.now() - started;
    if (waited > PATIENCE_MS || signal.aborted) return done;
    if (done === 1 && first.length > 0 && waited > RUNS_APPEAR_MS) return done;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function firstOfEachTask(runs: readonly TaskRun[]): TaskRun[] {
  const first = new Map<string, TaskRun>();
  for (const run of runs) {
    const known = first.get(run.taskId);
    if (known === undefined || run.startedAt < known.startedAt) first.set(run.taskId, run);
  }
  return [...first.values()];
}

function shareOf(runs: readonly TaskRun[]): number {
  const planned = runs.reduce((sum, run) => sum + run.shards, 0);
  const ended = runs.reduce(
    (sum, run) => sum + (run.finishedAt === null ? run.complete + run.incomplete : run.shards),
    0,
  );
  return planned === 0 ? 0 : ended / planned;
}
