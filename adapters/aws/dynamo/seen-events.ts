import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { SeenEvents } from '../../../core/ports/seen-events.ts';
import { days, epochMs } from '../../../core/time.ts';
import type { Instant } from '../../../core/time.ts';
import { canBeSortKey, partitionsOf, SEEN_EVENTS, shardedKey } from './keys.ts';
import { Table } from './table.ts';

/** EventBridge retries for a day. */
const KEPT_MS = days(1);

export class DynamoSeenEvents implements SeenEvents {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  async seen(eventIds: readonly string[]): Promise<Set<string>> {
    const keys = [...new Set(eventIds)].filter(canBeSortKey).map((id) => shardedKey(SEEN_EVENTS, id));
    return new Set((await this.#table.getMany(keys)).map((item) => item.sk));
  }

  async add(eventIds: readonly string[], now: Instant): Promise<void> {
    const ttl = Math.ceil((epochMs(now) + KEPT_MS) / 1_000);
    await this.#table.putMany(
      [...new Set(eventIds)].filter(canBeSortKey).map((id) => ({ ...shardedKey(SEEN_EVENTS, id), ttl })),
    );
  }

  async removeExpired(now: Instant): Promise<number> {
    const partitions = await Promise.all(
      partitionsOf(SEEN_EVENTS).map((partition) => this.#table.queryAll({ partition })),
    );
    const expired = partitions
      .flat()
      .filter((item) => typeof item['ttl'] !== 'number' || item['ttl'] * 1_000 < epochMs(now));
    await this.#table.deleteMany(expired);
    return expired.length;
  }
}
