import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Admitted } from '../../../core/exposure/admitted.ts';
import type { AdmittedStore } from '../../../core/ports/admitted-store.ts';
import { ADMITTED, canBeSortKey, partitionsOf, shardedKey } from './keys.ts';
import { Table } from './table.ts';
import { VersionedItems } from './versioned-items.ts';

export class DynamoAdmittedStore implements AdmittedStore {
  readonly #table: Table;
  readonly #items: VersionedItems<Admitted>;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
    this.#items = new VersionedItems(this.#table, {
      what: 'record of what is admitted at',
      schema: Admitted,
      idOf: (admitted) => admitted.address,
      keyOf: (address) => shardedKey(ADMITTED, address),
      partitions: partitionsOf(ADMITTED),
    });
  }

  get(address: string): Promise<Admitted | undefined> {
    return this.#items.get(address);
  }

  getMany(addresses: readonly string[]): Promise<Map<string, Admitted>> {
    return this.#items.getMany(addresses);
  }

  save(admitted: Admitted): Promise<Admitted> {
    return this.#items.save(admitted);
  }

  list(): Promise<Admitted[]> {
    return this.#items.list();
  }

  async removeAll(addresses: readonly string[]): Promise<void> {
    const keys = [...new Set(addresses)].filter(canBeSortKey).map((address) => shardedKey(ADMITTED, address));
    await this.#table.deleteMany(keys);
  }
}
