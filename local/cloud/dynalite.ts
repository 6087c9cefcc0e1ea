import type { Readable } from 'node:stream';

/** The parts of dynalite 4.0.0 that `table-server.ts` touches; dynalite ships no types. */
export type Item = Record<string, unknown>;
export type Done<T extends unknown[] = []> = (error?: unknown, ...rest: T) => void;

/** One pass through keys or values. It holds memory and keeps LevelDB from deleting files until it is closed. */
export interface LevelIterator {
  close(): Promise<void>;
  /** What dynalite calls when it needs no more; LevelDB's iterators have none. */
  return?: () => Promise<void>;
}

export interface LevelDb {
  readonly status: string;
  /** Sizes in bytes. */
  open(options?: { cacheSize: number; writeBufferSize: number }): Promise<void>;
  /** dynalite's own, which is for good; `_original` is LevelDB's. */
  readonly close: (() => Promise<void>) & { readonly _original: () => Promise<void> };
  keys(options: object): LevelIterator;
  values(options: object): LevelIterator;
  createKeyStream(options: object): Readable;
  createValueStream(options: object): Readable;
  get(key: string, done: Done<[unknown?]>): void;
  getSync(key: string): unknown;
  put(key: string, value: unknown, done: Done): void;
  del(key: string, done: Done): void;
  batch(operations: readonly object[], done: Done): void;
}

export interface DynaliteStore {
  readonly db: LevelDb;
}

export interface Table {
  readonly TableName: string;
  readonly GlobalSecondaryIndexes?: readonly object[];
}

export interface DynaliteDb {
  create: (options: object) => DynaliteStore;
  createKey(item: Item, table: Table): string;
  getIndexActions(
    indexes: readonly object[],
    existing: Item | undefined,
    item: Item | null,
    table: Table,
  ): { puts: { index: string; key: string; item: Item }[]; deletes: { index: string; key: string }[] };
  updateIndexes(store: DynaliteStore, table: Table, existing: Item | undefined, item: Item | null, done: Done): void;
}
