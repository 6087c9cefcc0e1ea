import type { Shard } from '../../core/planning/shard.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { ShardQueue } from '../../core/ports/queues.ts';
import type { ShardSource } from '../../core/ports/shard-source.ts';
import type { TaskRunStore } from '../../core/ports/stores.ts';
import { runBehind } from '../../core/stages/confirm.ts';
import type { WhyStopped } from '../../fargate-scanner/stopped-runs.ts';

/** What was asked for in this process: a verb scans that and nothing that an earlier process has left. */
export interface AskedHere {
  /** To be called with each run that is started. */
  add(runId: string): void;
  has(shard: Shard): Promise<boolean>;
}

/** Scans of this process with their confirmations, confirmations of what it imported, and the proof of any approved change. */
export function askedHere({ clock, runs }: { clock: Clock; runs: Pick<TaskRunStore, 'get'> }): AskedHere {
  const since = clock.now();
  const started = new Set<string>();
  return {
    add: (runId) => void started.add(runId),
    async has(shard) {
      if (shard.purpose === 'verify') return true;
      const id = runBehind(shard);
      if (started.has(id)) return true;
      // What is imported is no run. A confirmation that is asked for now may be about a result that an earlier process left: that has one.
      return shard.purpose === 'confirm' && shard.createdAt >= since && (await runs.get(id)) === undefined;
    },
  };
}

/**
 * The queue without what was not asked for here: that goes to the sweeps, which wait for `up`. Left where it is it would be received over and
 * over, and be put aside as one that cannot be handled.
 */
export function onlyAsked(
  source: ShardSource,
  { asked, sweeps, whyStopped }: { asked: AskedHere; sweeps: ShardQueue; whyStopped: WhyStopped },
): ShardSource {
  return {
    ...source,
    async receive(options) {
      const received = await source.receive(options);
      if (received === undefined || (await asked.has(received.shard))) return received;
      if ((await whyStopped(received.shard)) === null) await sweeps.send([received.shard]);
      await source.done(received.handle);
      return undefined;
    },
  };
}
