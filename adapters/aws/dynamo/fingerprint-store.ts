import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Fingerprint } from '../../../core/fingerprints/fingerprint.ts';
import type { Protocol } from '../../../core/net/protocol.ts';
import type { FingerprintStore, ListOptions } from '../../../core/ports/stores.ts';
import { FINGERPRINTS, partitionsOf, shardedKey, UDP_FINGERPRINTS } from './keys.ts';
import { Table } from './table.ts';
import { VersionedItems } from './versioned-items.ts';

export class DynamoFingerprintStore implements FingerprintStore {
  readonly #items: Readonly<Record<Protocol, VersionedItems<Fingerprint>>>;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    const table = new Table(client, tableName);
    const under = (name: string) =>
      new VersionedItems(table, {
        what: 'fingerprint',
        schema: Fingerprint,
        idOf: (fingerprint) => fingerprint.address,
        keyOf: (address) => shardedKey(name, address),
        partitions: partitionsOf(name),
      });
    this.#items = { tcp: under(FINGERPRINTS), udp: under(UDP_FINGERPRINTS) };
  }

  getMany(addresses: readonly string[], protocol: Protocol = 'tcp'): Promise<Map<string, Fingerprint>> {
    return this.#items[protocol].getMany(addresses);
  }

  save(fingerprint: Fingerprint): Promise<Fingerprint> {
    return this.#items[fingerprint.protocol].save(fingerprint);
  }

  /** In order of the address text. */
  list({ protocol = 'tcp', ...options }: ListOptions & { readonly protocol?: Protocol } = {}): Promise<Fingerprint[]> {
    return this.#items[protocol].list(options);
  }
}
