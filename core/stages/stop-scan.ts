import { NotFound } from '../errors.ts';
import { SCAN } from '../planning/scan-task.ts';
import type { TaskRun } from '../planning/task-run.ts';
import type { Clock } from '../ports/clock.ts';
import type { TaskRunStore } from '../ports/stores.ts';

interface StopScanPorts {
  runs: Pick<TaskRunStore, 'get' | 'stop'>;
  clock: Clock;
}

/**
 * Ends a scan that somebody asked for: what its shards have shown is kept, and those that are left are dropped unscanned. One that has ended
 * stays as it is. @throws NotFound, also for a run of the schedule, which nobody waits for
 */
export async function stopScan({ runs, clock }: StopScanPorts, runId: string, why: string): Promise<TaskRun> {
  const run = await runs.get(runId);
  const stopped = run?.taskId === SCAN ? await runs.stop(runId, clock.now(), why) : undefined;
  if (stopped === undefined) throw new NotFound('scan', runId);
  return stopped;
}

/** Why a scan ends when the kill switch is on. */
export function killedBy(reason: string | null): string {
  return `the kill switch is on (${reason ?? 'no reason given'})`;
}

/** Scans to look through for those that were cut short: the newest runs. */
const RECENT = 500;

/**
 * Ends the scans whose process ended before they did: nobody waits for them, and nobody asked the next process to go on. Only for who knows that
 * no other process works on the same stores. Resolves to what it ended.
 */
export async function endCutScans({
  runs,
  clock,
}: {
  runs: Pick<TaskRunStore, 'list' | 'stop'>;
  clock: Clock;
}): Promise<TaskRun[]> {
  const ended: TaskRun[] = [];
  for (const run of await runs.list({ limit: RECENT })) {
    if (run.taskId !== SCAN || run.finishedAt !== null) continue;
    const stopped = await runs.stop(run.id, clock.now(), 'the process that ran it ended first');
    if (stopped !== undefined) ended.push(stopped);
  }
  return ended;
}
