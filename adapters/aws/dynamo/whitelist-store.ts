import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { WhitelistEntry } from '../../../core/whitelist/entry.ts';
import type { WhitelistStore } from '../../../core/ports/stores.ts';
import { WHITELIST } from './keys.ts';
import { Table } from './table.ts';
import { VersionedItems } from './versioned-items.ts';

export class DynamoWhitelistStore implements WhitelistStore {
  readonly #items: VersionedItems<WhitelistEntry>;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#items = new VersionedItems(new Table(client, tableName), {
      what: 'whitelist entry',
      schema: WhitelistEntry,
      idOf: (entry) => entry.id,
      keyOf: (id) => ({ pk: WHITELIST, sk: id }),
      partitions: [WHITELIST],
    });
  }

  get(id: string): Promise<WhitelistEntry | undefined> {
    return this.#items.get(id);
  }

  save(entry: WhitelistEntry): Promise<WhitelistEntry> {
    return this.#items.save(entry);
  }

  list(): Promise<WhitelistEntry[]> {
    return this.#items.list();
  }
}
