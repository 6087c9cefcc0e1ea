import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Asset } from '../../../core/assets/asset.ts';
import type { AssetStore, ListOptions } from '../../../core/ports/stores.ts';
import { readBody, toBody } from './body.ts';
import { ASSETS, canBeSortKey, partitionsOf, shardedKey } from './keys.ts';
import { Table } from './table.ts';

export class DynamoAssetStore implements AssetStore {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  async get(address: string): Promise<Asset | undefined> {
    if (!canBeSortKey(address)) return undefined;
    const item = await this.#table.get(shardedKey(ASSETS, address));
    return item && readBody(item, Asset);
  }

  async putAll(assets: readonly Asset[]): Promise<void> {
    const last = new Map(assets.map((asset) => [asset.address, asset]));
    await this.#table.putMany(
      [...last.values()].map((asset) => ({ ...shardedKey(ASSETS, asset.address), body: toBody(asset) })),
    );
  }

  async removeAll(addresses: readonly string[]): Promise<void> {
    await this.#table.deleteMany(
      [...new Set(addresses)].filter(canBeSortKey).map((address) => shardedKey(ASSETS, address)),
    );
  }

  /** In order of the address text. */
  async list({ mayLag = false }: ListOptions = {}): Promise<Asset[]> {
    const partitions = await Promise.all(
      partitionsOf(ASSETS).map((partition) => this.#table.queryAll({ partition, mayLag })),
    );
    return partitions
      .flat()
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))
      .map((item) => readBody(item, Asset));
  }
}
