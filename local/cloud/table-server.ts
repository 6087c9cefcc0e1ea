import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { AlreadyRunning } from './already-running.ts';
import { makeCareful } from './careful-level.ts';
import { damaged } from './damaged.ts';
import { listenOnLoopback } from './listen.ts';
import { hasAccessKey } from './loopback-key.ts';
import { openLevel } from './open-level.ts';
import type { DynaliteDb, DynaliteStore } from './dynalite.ts';

const require = createRequire(import.meta.url);

export interface TableServer {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * dynalite on a free loopback port, kept in `directory`. Two things are changed in it (`dynalite` is pinned for that reason):
 * - an item and its index entries are written as one LevelDB batch. As it comes, it writes the indexes first and the item after, and a
 *   process killed in between leaves an index that disagrees with its table;
 * - a write that LevelDB refuses (full disk) fails that call alone: see `careful-level.ts`.
 * @throws AlreadyRunning when another process has it open; BadInput naming the directory when it is damaged.
 */
export async function startTableServer(directory: string, accessKeyId: string): Promise<TableServer> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const dynalite = require('dynalite') as (options: object) => Server;
  const db = require('dynalite/db') as DynaliteDb;
  const { server, store } = createWith(db, () =>
    // Tables are usable at once instead of after 500 ms of CREATING.
    dynalite({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }),
  );
  await open(store, directory);
  makeCareful(store.db);
  guard(server, accessKeyId);
  return { endpoint: await listenOnLoopback(server), stop: () => stop(server, store) };
}

/** Runs `make` and catches the store that dynalite makes for itself. */
function createWith(db: DynaliteDb, make: () => Server): { server: Server; store: DynaliteStore } {
  writeIndexesWithItem(db);
  const original = db.create;
  const caught: DynaliteStore[] = [];
  db.create = (options) => {
    const store = original(options);
    caught.push(store);
    return store;
  };
  try {
    const server = make();
    const store = caught[0];
    if (store === undefined) throw new Error('dynalite made no store: is it still version 4.0.0?');
    return { server, store };
  } finally {
    db.create = original;
  }
}

async function open(store: DynaliteStore, directory: string): Promise<void> {
  try {
    await openLevel(store.db);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (codeOf(error) === 'LEVEL_LOCKED' || codeOf(cause) === 'LEVEL_LOCKED') {
      throw new AlreadyRunning(null, null, { cause: error });
    }
    throw damaged(directory, error);
  }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}

/** Index writes of one store that wait for the write of their item, by the item's key. */
const pending = new WeakMap<DynaliteStore, Map<string, object[]>>();

function writeIndexesWithItem(db: DynaliteDb): void {
  db.updateIndexes = (store, table, existing, item, done) => {
    const kept = item ?? existing;
    if (!kept) {
      done();
      return;
    }
    const key = db.createKey(kept, table);
    const { puts, deletes } = db.getIndexActions(table.GlobalSecondaryIndexes ?? [], existing, item, table);
    const prefix = (index: string): string => `index-global~${table.TableName}~${index}~`;
    const writes = [
      ...deletes.map((action) => ({ type: 'del', key: prefix(action.index) + action.key })),
      ...puts.map((action) => ({ type: 'put', key: prefix(action.index) + action.key, value: action.item })),
    ];
    // dynalite holds the lock of this key from here until the item is written, so there is never a second entry for it.
    if (writes.length > 0) pendingOf(store).set(`item-${table.TableName}~${key}`, writes);
    done();
  };
}

function pendingOf(store: DynaliteStore): Map<string, object[]> {
  const known = pending.get(store);
  if (known) return known;
  const map = new Map<string, object[]>();
  pending.set(store, map);
  const level = store.db;
  const put = level.put.bind(level);
  const del = level.del.bind(level);
  const take = (key: string): object[] | undefined => {
    const writes = map.get(key);
    map.delete(key);
    return writes;
  };
  level.put = (key, value, done) => {
    const writes = take(key);
    if (writes) level.batch([...writes, { type: 'put', key, value }], done);
    else put(key, value, done);
  };
  level.del = (key, done) => {
    const writes = take(key);
    if (writes) level.batch([...writes, { type: 'del', key }], done);
    else del(key, done);
  };
  return map;
}

function guard(server: Server, accessKeyId: string): void {
  const [answer] = server.listeners('request') as ((...args: unknown[]) => void)[];
  if (answer === undefined) throw new Error('dynalite has no request listener: is it still version 4.0.0?');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (hasAccessKey(request.headers.authorization, accessKeyId)) answer(request, response);
    else response.writeHead(403).end();
  });
}

async function stop(server: Server, store: DynaliteStore): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
  });
  // close() waits for the answers under way; what is idle is only a kept-alive socket.
  server.closeIdleConnections();
  await closed;
  await store.db.close();
}
