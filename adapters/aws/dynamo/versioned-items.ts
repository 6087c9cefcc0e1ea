import type * as z from 'zod';
import { VersionConflict } from '../../../core/errors.ts';
import type { ListOptions } from '../../../core/ports/stores.ts';
import { readBody, toBody } from './body.ts';
import type { Item } from './body.ts';
import { canBeSortKey } from './keys.ts';
import type { IndexKeys, Key } from './keys.ts';
import { ABSENT } from './table.ts';
import type { Condition, Table } from './table.ts';

/** One kind of entity that carries a version, and where its items are. */
export interface Kind<T extends { version: number }> {
  /** For errors: `finding`. */
  readonly what: string;
  readonly schema: z.ZodType<T>;
  readonly idOf: (entity: T) => string;
  readonly keyOf: (id: string) => Key;
  /** Every partition `keyOf` can give. */
  readonly partitions: readonly string[];
  /** Keys of the sparse indexes the entity belongs in now; null: in none. Absent: never in any. */
  readonly indexed?: (entity: T) => IndexKeys | null;
}

/** Reads and writes entities of one kind by the rules at the top of core/ports/stores.ts. */
export class VersionedItems<T extends { version: number }> {
  readonly #table: Table;
  readonly #kind: Kind<T>;

  constructor(table: Table, kind: Kind<T>) {
    this.#table = table;
    this.#kind = kind;
  }

  async get(id: string): Promise<T | undefined> {
    if (!canBeSortKey(id)) return undefined;
    const item = await this.#table.get(this.#kind.keyOf(id));
    return item && this.#read(item);
  }

  /** By id; ids that are not stored are absent from the map. */
  async getMany(ids: Iterable<string>): Promise<Map<string, T>> {
    const keys = [...new Set(ids)].filter(canBeSortKey).map(this.#kind.keyOf);
    const items = await this.#table.getMany(keys);
    return new Map(items.map((item) => [item.sk, this.#read(item)]));
  }

  /** Everything of this kind, in order of id. */
  async list({ mayLag = false }: ListOptions = {}): Promise<T[]> {
    const partitions = await Promise.all(
      this.#kind.partitions.map((partition) => this.#listPartition(partition, mayLag)),
    );
    return partitions
      .flat()
      .sort(byId)
      .map(([, entity]) => entity);
  }

  /** @throws VersionConflict when the stored version is not `entity.version`. */
  async save(entity: T): Promise<T> {
    const id = this.#kind.idOf(entity);
    const next: T = { ...entity, version: entity.version + 1 };
    const item = { ...this.#kind.keyOf(id), version: next.version, body: toBody(next), ...this.#kind.indexed?.(next) };
    if (await this.#table.put(item, storedVersionIs(entity.version))) return next;
    throw new VersionConflict(
      `The ${this.#kind.what} ${id} was changed by somebody else: version ${entity.version} is not the stored one.`,
    );
  }

  /** The entities that an index names, read again by id, because an index may lag, and kept when `belongs` holds. In order of id. */
  async listIndexed(
    index: 'gsi1' | 'gsi2',
    partitions: readonly string[],
    belongs: (entity: T) => boolean,
  ): Promise<T[]> {
    const found = await Promise.all(partitions.map((partition) => this.#table.queryAll({ index, partition })));
    const entities = await this.getMany(found.flat().map((item) => item.sk));
    return [...entities]
      .filter(([, entity]) => belongs(entity))
      .sort(byId)
      .map(([, entity]) => entity);
  }

  async #listPartition(partition: string, mayLag: boolean): Promise<[string, T][]> {
    const entities: [string, T][] = [];
    for await (const item of this.#table.query({ partition, mayLag })) entities.push([item.sk, this.#read(item)]);
    return entities;
  }

  #read(item: Item): T {
    return readBody(item, this.#kind.schema);
  }
}

/** Version 0 means that nothing is stored yet. */
function storedVersionIs(version: number): Condition {
  if (version === 0) return ABSENT;
  return { expression: '#version = :version', names: { '#version': 'version' }, values: { ':version': version } };
}

function byId([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}
