import type { TaskRun } from './task-run.ts';

type Counts = Pick<TaskRun, 'probes' | 'shards' | 'complete' | 'incomplete' | 'finishedAt'>;

/** About how many of a run's probes are done, `underWay` of them in shards that have not ended: its shards are about as large as each other. */
export function probedOf({ probes, shards, complete, incomplete, finishedAt }: Counts, underWay: number): number {
  if (finishedAt !== null || shards === 0) return probes;
  return Math.min(probes, Math.round((probes * (complete + incomplete)) / shards) + underWay);
}
