import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Fingerprint } from '../../../core/fingerprints/fingerprint.ts';
import type { FingerprintStore, ListOptions } from '../../../core/ports/stores.ts';
import { FINGERPRINTS, partitionsOf, shardedKey } from './keys.ts';
import { Table } from './table.ts';
import { VersionedItems } from './versioned-items.ts';

export class DynamoFingerprintStore implements FingerprintStore {
  readonly #items: VersionedItems<Fingerprint>;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#items = new VersionedItems(new Table(client, tableName), {
      what: 'fingerprint',
      schema: Fingerprint,
      idOf: (fingerprint) => fingerprint.address,
      keyOf: (address) => shardedKey(FINGERPRINTS, address),
      partitions: partitionsOf(FINGERPRINTS),
    });
  }

  getMany(addresses: readonly string[]): Promise<Map<string, Fingerprint>> {
    return this.#items.getMany(addresses);
  }

  save(fingerprint: Fingerprint): Promise<Fingerprint> {
    return this.#items.save(fingerprint);
  }

  /** In order of the address text. */
  list(options?: ListOptions): Promise<Fingerprint[]> {
    return this.#items.list(options);
  }
}
