import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type ScannedBy, TaskRun } from '../../../core/planning/task-run.ts';
import type { TaskRunStore } from '../../../core/ports/stores.ts';
import { estimateOf, sumsOf } from '../../../core/scanning/estimate.ts';
import { epochMs } from '../../../core/time.ts';
import type { Instant } from '../../../core/time.ts';
import { CorruptItem } from './store-errors.ts';
import type { Item } from './body.ts';
import {
  canBeSortKey,
  lastRunKey,
  partitionsOf,
  RUN_EXPIRY,
  runKey,
  runListingKeys,
  RUNS,
  secondsKey,
} from './keys.ts';
import { pageSizeFor, takeNewest } from './newest-first.ts';
import type { Timed } from './newest-first.ts';
import { countsOf, scanAttributes, scansOf } from './run-counts.ts';
import type { Ended, RunShards } from './run-shards.ts';
import { ABSENT, type Condition, EXISTS, Table } from './table.ts';

const PK_PREFIX = `${RUNS}#`;

/**
 * A run is the run, its listing, which lists and expiry find it by, and a marker of each shard that has ended (`RunShards`). The last run of
 * each task has its name in one more item, which the next one takes over.
 * The run is made first and deleted before its listing: whatever a crash leaves, making or deleting again completes it.
 */
export class DynamoTaskRunStore implements TaskRunStore {
  readonly #table: Table;
  readonly #deletesMarkers: boolean;

  /** `deletesMarkers`: the table does not delete items by their `ttl`, so `removeExpired` deletes the markers too. */
  constructor(client: DynamoDBDocumentClient, tableName: string, deletesMarkers: boolean) {
    this.#table = new Table(client, tableName);
    this.#deletesMarkers = deletesMarkers;
  }

  async get(id: string): Promise<TaskRun | undefined> {
    if (!canBeSortKey(id)) return undefined;
    const item = await this.#table.get(runKey(id));
    return item && readRun(item);
  }

  async create(run: TaskRun): Promise<void> {
    const { complete, incomplete, reasons, engines, whyNotBetter, estimate, unknown, vacant, ...rest } = run;
    const counts = { shardsEnded: complete + incomplete, shardsComplete: complete };
    // DynamoDB has no empty sets: an absent attribute is one.
    const sets = Object.fromEntries(
      Object.entries({ reasons, whyNotBetter }).flatMap(([name, texts]) =>
        texts.length === 0 ? [] : [[name, new Set(texts)]],
      ),
    );
    const scans = scanAttributes(engines, sumsOf(estimate, unknown, vacant));
    await this.#table.put({ ...rest, ...counts, ...sets, ...scans, ...runKey(run.id) }, ABSENT);
    await this.#table.put({ ...runListingKeys(run.id, run.startedAt, run.ttl), ttl: run.ttl }, ABSENT);
    await this.#table.put(
      { ...lastRunKey(run.taskId), runId: run.id, startedAt: run.startedAt, ttl: run.ttl },
      notNewer(run.startedAt),
    );
  }

  async lastOf(taskId: string): Promise<TaskRun | undefined> {
    const key = lastRunKey(taskId);
    const last = await this.#table.get(key);
    if (last === undefined) return undefined;
    if (typeof last['runId'] !== 'string') throw new CorruptItem(last, new Error('runId is not a text'));
    return this.get(last['runId']);
  }

  /** A shard that ended incomplete and then complete counts as complete; one that was complete stays so. */
  async recordShard(
    runId: string,
    shardId: string,
    ended: Ended,
    reason: string | null,
    by: ScannedBy | null = null,
  ): Promise<TaskRun | undefined> {
    const run = await this.get(runId);
    if (run === undefined) return undefined;
    const attributes = await (await this.#shards()).record(run, shardId, { ended, reason, by });
    return attributes && readRun({ ...attributes, ...runKey(runId) });
  }

  /** Loaded when it is needed: of the functions only a few count shards. */
  async #shards(): Promise<RunShards> {
    const { RunShards } = await import('./run-shards.ts');
    return new RunShards(this.#table);
  }

  async finish(runId: string, at: Instant): Promise<void> {
    const condition = { ...EXISTS, names: { ...EXISTS.names, '#at': 'finishedAt' }, values: { ':at': at } };
    await this.#table.update(runKey(runId), 'SET #at = :at', condition, 'NONE');
  }

  async stop(runId: string, at: Instant, why: string): Promise<TaskRun | undefined> {
    const condition = {
      expression: `${EXISTS.expression} AND attribute_type(#at, :null)`,
      names: { ...EXISTS.names, '#at': 'finishedAt', '#why': 'stopped' },
      values: { ':at': at, ':why': why, ':null': 'NULL' },
    };
    await this.#table.update(runKey(runId), 'SET #at = :at, #why = :why', condition, 'NONE');
    return this.get(runId);
  }

  async list(options: { limit: number }): Promise<TaskRun[]> {
    const partitions = partitionsOf(RUNS);
    const pageSize = pageSizeFor(options.limit, partitions.length);
    const ids = await takeNewest(
      partitions.map((partition) => this.#newestIds(partition, pageSize)),
      options.limit,
    );
    const runs = new Map((await this.#table.getMany(ids.map(runKey))).map((item) => [item.pk, readRun(item)]));
    return ids.flatMap((id) => runs.get(runKey(id).pk) ?? []);
  }

  async removeExpired(now: Instant): Promise<number> {
    const bound = { sign: '<', key: secondsKey(Math.floor(epochMs(now) / 1_000)) } as const;
    let removed = 0;
    for await (const listing of this.#table.query({ index: 'gsi2', partition: RUN_EXPIRY, bound })) {
      const id = idOfPartition(listing.pk);
      if (await this.#table.delete(runKey(id), EXISTS)) removed += 1;
      if (this.#deletesMarkers) await (await this.#shards()).removeAll(id);
      await this.#table.delete(listing, EXISTS);
    }
    return removed;
  }

  async *#newestIds(partition: string, pageSize: number): AsyncGenerator<Timed<string>> {
    for await (const listing of this.#table.query({ index: 'gsi1', partition, newestFirst: true, pageSize })) {
      const id = idOfPartition(listing.pk);
      yield { id, key: String(listing['gsi1sk']), row: id };
    }
  }
}

function notNewer(startedAt: Instant): Condition {
  return {
    expression: 'attribute_not_exists(#at) OR #at <= :at',
    names: { '#at': 'startedAt' },
    values: { ':at': startedAt },
  };
}

function idOfPartition(pk: string): string {
  return pk.slice(PK_PREFIX.length);
}

function readRun(item: Item): TaskRun {
  const { ended, complete } = countsOf(item);
  const { engines, sums } = scansOf(item);
  const parsed = TaskRun.safeParse({
    ...item,
    complete,
    incomplete: ended - complete,
    reasons: membersOf(item['reasons']),
    whyNotBetter: membersOf(item['whyNotBetter']),
    engines,
    estimate: estimateOf(sums),
    unknown: sums.unknown,
    vacant: sums.vacant,
  });
  if (!parsed.success) throw new CorruptItem(item, parsed.error);
  return parsed.data;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function membersOf(set: unknown): unknown {
  if (set === undefined) return [];
  return set instanceof Set ? [...set].map(String).sort(compareText) : set;
}
