import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LockStore } from '../../../core/ports/stores.ts';
import { epochMs } from '../../../core/time.ts';
import type { Instant } from '../../../core/time.ts';
import { lockKey } from './keys.ts';
import { Table } from './table.ts';

export class DynamoLockStore implements LockStore {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  acquire(name: string, holder: string, now: Instant, until: Instant): Promise<boolean> {
    const lock = { ...lockKey(name), holder, heldUntil: until, ttl: Math.ceil(epochMs(until) / 1_000) };
    return this.#table.put(lock, {
      expression: 'attribute_not_exists(#holder) OR #holder = :holder OR #heldUntil <= :now',
      names: { '#holder': 'holder', '#heldUntil': 'heldUntil' },
      values: { ':holder': holder, ':now': now },
    });
  }

  /** A lock that somebody else holds by now is left alone. */
  async release(name: string, holder: string): Promise<void> {
    await this.#table.delete(lockKey(name), {
      expression: '#holder = :holder',
      names: { '#holder': 'holder' },
      values: { ':holder': holder },
    });
  }
}
