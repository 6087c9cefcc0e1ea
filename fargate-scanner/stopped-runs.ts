import { SCAN } from '../core/planning/scan-task.ts';
import type { Shard } from '../core/planning/shard.ts';
import type { TaskRunStore } from '../core/ports/stores.ts';
import { CONFIRM, runBehind } from '../core/stages/confirm.ts';

/** Why the run of a shard was stopped; null: it was not. @throws when that cannot be known */
export type WhyStopped = (shard: Pick<Shard, 'taskId' | 'runId'>) => Promise<string | null>;

/** Stopped runs that are remembered: one that is stopped stays so, and thousands of shards may be left of it. */
const REMEMBERED = 100;

/** Only what somebody asked for is stopped, with its confirmations: the shards of sweeps cost no look. */
export function whyStopped(runs: Pick<TaskRunStore, 'get'>): WhyStopped {
  const known = new Map<string, string>();
  return async (shard) => {
    if (shard.taskId !== SCAN && shard.taskId !== CONFIRM) return null;
    const id = runBehind(shard);
    const before = known.get(id);
    if (before !== undefined) return before;
    const why = (await runs.get(id))?.stopped ?? null;
    if (why !== null) {
      if (known.size >= REMEMBERED) known.clear();
      known.set(id, why);
    }
    return why;
  };
}
