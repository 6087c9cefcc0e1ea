import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Change } from '../../../core/fingerprints/change.ts';
import type { ChangeLog } from '../../../core/ports/stores.ts';
import type { Instant } from '../../../core/time.ts';
import { readBody, toBody } from './body.ts';
import { changeKeys, CHANGES, partitionsOf, timeKey } from './keys.ts';
import { pageSizeFor, takeNewest } from './newest-first.ts';
import type { Timed } from './newest-first.ts';
import { Table } from './table.ts';

export class DynamoChangeLog implements ChangeLog {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  async putAll(changes: readonly Change[]): Promise<void> {
    const last = new Map(changes.map((change) => [change.id, change]));
    await this.#table.putMany(
      [...last.values()].map((change) => ({ ...changeKeys(change.id, change.at), body: toBody(change) })),
    );
  }

  /** Changes at or after `since`; of the same instant, the greater id first. */
  list(options: { limit: number; since?: Instant }): Promise<Change[]> {
    const partitions = partitionsOf(CHANGES);
    const pageSize = pageSizeFor(options.limit, partitions.length);
    return takeNewest(
      partitions.map((partition) => this.#newest(partition, pageSize, options.since)),
      options.limit,
    );
  }

  async *#newest(partition: string, pageSize: number, since: Instant | undefined): AsyncGenerator<Timed<Change>> {
    const range = { index: 'gsi1', partition, newestFirst: true, pageSize } as const;
    const bound = since === undefined ? {} : { bound: { sign: '>=', key: since } as const };
    for await (const item of this.#table.query({ ...range, ...bound })) {
      const change = readBody(item, Change);
      yield { id: change.id, key: timeKey(change.at, change.id), row: change };
    }
  }
}
