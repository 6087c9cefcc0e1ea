import { setTimeout as sleep } from 'node:timers/promises';
import { TASKS } from '../../core/planning/catalogue.ts';
import type { Shard } from '../../core/planning/shard.ts';
import { startRun } from '../../core/stages/dispatch.ts';
import { type Fleet, HIGH_RISK } from './fleet.ts';
import type { Pipeline } from './pipeline.ts';

/** Results on the queue ahead of ingest: it always has a full batch, and the queue stays short. */
const BACKLOG = 40;
const LOOK_EVERY_MS = 2;
const PATIENCE_MS = 120_000;
const SWEEP = TASKS.find((task) => task.name === 'high-risk ports');

export interface Round {
  readonly addresses: number;
  readonly messages: number;
  readonly seconds: number;
}

/** One sweep of the whole fleet for high-risk ports; it lasts until every result is in the store and `settled`. */
export async function sweep(
  pipeline: Pipeline,
  fleet: Fleet,
  runId: string,
  settled: () => boolean = () => true,
): Promise<Round> {
  const shards = await shardsOf(pipeline, fleet, runId);
  const handled = (): number => pipeline.pump.stats()['results']?.deleted ?? 0;
  const before = handled();
  const startedAt = performance.now();
  let sent = 0;
  for (const shard of shards) {
    await pipeline.results.send(fleet.scan(shard, pipeline.base.clock.now()));
    sent += 1;
    while (before + sent - handled() > BACKLOG) await sleep(LOOK_EVERY_MS);
  }
  while (handled() - before < sent || !settled()) {
    if (performance.now() - startedAt > PATIENCE_MS) throw new Error(`run ${runId} did not end in ${PATIENCE_MS} ms`);
    await sleep(LOOK_EVERY_MS);
  }
  return {
    addresses: fleet.addresses.length,
    messages: sent,
    seconds: (performance.now() - startedAt) / 1_000,
  };
}

/** Records the run as dispatch does; its shards go to the bench instead of a scanner. */
async function shardsOf({ base }: Pipeline, fleet: Fleet, runId: string): Promise<Shard[]> {
  if (SWEEP === undefined) throw new Error('the catalogue has no sweep for high-risk ports');
  const shards: Shard[] = [];
  const collect = { send: async (sent: readonly Shard[]) => void shards.push(...sent) };
  const work = new Map(fleet.addresses.map((address) => [address, HIGH_RISK]));
  await startRun({ ...base, shards: collect }, { runId, task: SWEEP, work, priority: false, scope: null });
  return shards;
}
