import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LineStore } from '../../../core/ports/line-store.ts';
import { ChangeLine } from '../../../core/remediation/change-line.ts';
import { LINES } from './keys.ts';
import { Table } from './table.ts';
import { VersionedItems } from './versioned-items.ts';

export class DynamoLineStore implements LineStore {
  readonly #items: VersionedItems<ChangeLine>;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#items = new VersionedItems(new Table(client, tableName), {
      what: 'line of account',
      schema: ChangeLine,
      idOf: (line) => line.account,
      keyOf: (account) => ({ pk: LINES, sk: account }),
      partitions: [LINES],
    });
  }

  get(account: string): Promise<ChangeLine | undefined> {
    return this.#items.get(account);
  }

  save(line: ChangeLine): Promise<ChangeLine> {
    return this.#items.save(line);
  }

  list(): Promise<ChangeLine[]> {
    return this.#items.list();
  }
}
