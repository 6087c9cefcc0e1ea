import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { AuditRow } from '../../../core/audit/audit-row.ts';
import type { AuditLog } from '../../../core/ports/stores.ts';
import { readBody, toBody } from './body.ts';
import { AUDIT, auditKeys, auditObjectPartition, partitionsOf, timeKey } from './keys.ts';
import { pageSizeFor, takeNewest } from './newest-first.ts';
import type { Timed } from './newest-first.ts';
import { ABSENT, Table } from './table.ts';
import type { Range } from './table.ts';

export class DynamoAuditLog implements AuditLog {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  async append(row: AuditRow): Promise<void> {
    await this.#table.put({ ...auditKeys(row.id, row.at, row.object), body: toBody(row) }, ABSENT);
  }

  /** Of the same instant, the greater id first. */
  list(options: { limit: number; object?: string }): Promise<AuditRow[]> {
    const { limit, object } = options;
    const ranges: Pick<Range, 'index' | 'partition'>[] =
      object === undefined
        ? partitionsOf(AUDIT).map((partition) => ({ index: 'gsi1', partition }))
        : [{ index: 'gsi2', partition: auditObjectPartition(object) }];
    const pageSize = pageSizeFor(limit, ranges.length);
    return takeNewest(
      ranges.map((range) => this.#newest({ ...range, newestFirst: true, pageSize })),
      limit,
    );
  }

  async *#newest(range: Range): AsyncGenerator<Timed<AuditRow>> {
    for await (const item of this.#table.query(range)) {
      const row = readBody(item, AuditRow);
      yield { id: row.id, key: timeKey(row.at, row.id), row };
    }
  }
}
