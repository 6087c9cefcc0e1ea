import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TaskRun } from '../../../core/planning/task-run.ts';
import type { TaskRunStore } from '../../../core/ports/stores.ts';
import { epochMs } from '../../../core/time.ts';
import type { Instant } from '../../../core/time.ts';
import { CorruptItem } from './store-errors.ts';
import type { Item } from './body.ts';
import { canBeSortKey, partitionsOf, RUN_EXPIRY, runKey, runListingKeys, RUNS, secondsKey } from './keys.ts';
import type { Key } from './keys.ts';
import { pageSizeFor, takeNewest } from './newest-first.ts';
import type { Timed } from './newest-first.ts';
import { ABSENT, EXISTS, Table } from './table.ts';

const PK_PREFIX = `${RUNS}#`;

/**
 * A run is two items: the run, whose shard ids are string sets that grow by ADD, and its listing, which lists and expiry find it by.
 * The run is made first and deleted first: whatever a crash leaves, making or deleting again completes it.
 */
export class DynamoTaskRunStore implements TaskRunStore {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  async get(id: string): Promise<TaskRun | undefined> {
    if (!canBeSortKey(id)) return undefined;
    const item = await this.#table.get(runKey(id));
    return item && readRun(item);
  }

  async create(run: TaskRun): Promise<void> {
    const { complete, incomplete, reasons, ...rest } = run;
    const sets = { ...setOf('complete', complete), ...setOf('incomplete', incomplete), ...setOf('reasons', reasons) };
    await this.#table.put({ ...rest, ...sets, ...runKey(run.id) }, ABSENT);
    await this.#table.put({ ...runListingKeys(run.id, run.startedAt, run.ttl), ttl: run.ttl }, ABSENT);
  }

  /** A shard that ended incomplete and then complete counts as complete; one that was complete stays so. Shard ids are sorted. */
  async recordShard(
    runId: string,
    shardId: string,
    ended: 'complete' | 'incomplete',
    reason: string | null,
  ): Promise<TaskRun | undefined> {
    const key = runKey(runId);
    const attributes =
      ended === 'complete' ? await this.#addComplete(key, shardId) : await this.#addIncomplete(key, shardId, reason);
    return attributes ? readRun({ ...attributes, ...key }) : this.get(runId);
  }

  async finish(runId: string, at: Instant): Promise<void> {
    const condition = { ...EXISTS, names: { ...EXISTS.names, '#at': 'finishedAt' }, values: { ':at': at } };
    await this.#table.update(runKey(runId), 'SET #at = :at', condition, 'NONE');
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
      if (await this.#table.delete(runKey(idOfPartition(listing.pk)), EXISTS)) removed += 1;
      await this.#table.delete(listing, EXISTS);
    }
    return removed;
  }

  #addComplete(key: Key, shardId: string) {
    const condition = {
      expression: EXISTS.expression,
      names: { ...EXISTS.names, '#complete': 'complete', '#incomplete': 'incomplete' },
      values: { ':shard': new Set([shardId]) },
    };
    return this.#table.update(key, 'ADD #complete :shard DELETE #incomplete :shard', condition, 'ALL_NEW');
  }

  /** Undefined for an unknown run and for a shard that is complete already. */
  #addIncomplete(key: Key, shardId: string, reason: string | null) {
    const why = reason === null || reason === '' ? null : reason;
    const condition = {
      expression: `${EXISTS.expression} AND NOT contains(#complete, :id)`,
      names: {
        ...EXISTS.names,
        '#complete': 'complete',
        '#incomplete': 'incomplete',
        ...(why && { '#reasons': 'reasons' }),
      },
      values: { ':shard': new Set([shardId]), ':id': shardId, ...(why && { ':why': new Set([why]) }) },
    };
    return this.#table.update(key, `ADD #incomplete :shard${why ? ', #reasons :why' : ''}`, condition, 'ALL_NEW');
  }

  async *#newestIds(partition: string, pageSize: number): AsyncGenerator<Timed<string>> {
    for await (const listing of this.#table.query({ index: 'gsi1', partition, newestFirst: true, pageSize })) {
      const id = idOfPartition(listing.pk);
      yield { id, key: String(listing['gsi1sk']), row: id };
    }
  }
}

function idOfPartition(pk: string): string {
  return pk.slice(PK_PREFIX.length);
}

/** DynamoDB has no empty sets: an absent attribute is one. */
function setOf(name: string, members: readonly string[]): Record<string, Set<string>> {
  return members.length === 0 ? {} : { [name]: new Set(members) };
}

function readRun(item: Item): TaskRun {
  const parsed = TaskRun.safeParse({
    ...item,
    complete: membersOf(item['complete']),
    incomplete: membersOf(item['incomplete']),
    reasons: membersOf(item['reasons']),
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
