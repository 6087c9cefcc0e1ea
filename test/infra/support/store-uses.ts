import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

type Use = 'read' | 'write' | 'remove';

interface StoreItems {
  /** A partition of its items, as docs/architecture.md ("Data model") has it. */
  readonly partition: string;
  /** The call of DynamoDB behind each use. */
  readonly calls: Readonly<Partial<Record<Use, string>>>;
}

/** Written out, not taken from infra/: it says what the policies must come to. */
export const STORE_ITEMS: Readonly<Record<string, StoreItems>> = {
  assets: { partition: 'ASSET#3', calls: { read: 'Query', write: 'BatchWriteItem' } },
  fingerprints: { partition: 'FINGERPRINT#3', calls: { read: 'BatchGetItem', write: 'PutItem' } },
  changes: { partition: 'CHANGE#id', calls: { read: 'Query', write: 'BatchWriteItem' } },
  findings: { partition: 'FINDING#3', calls: { read: 'GetItem', write: 'PutItem' } },
  whitelist: { partition: 'WHITELIST', calls: { read: 'Query', write: 'PutItem' } },
  plans: { partition: 'PLAN#3', calls: { read: 'GetItem', write: 'PutItem' } },
  approvals: { partition: 'APPROVAL#3', calls: { read: 'GetItem', write: 'PutItem' } },
  audit: { partition: 'AUDIT#id', calls: { read: 'Query', write: 'PutItem', remove: 'DeleteItem' } },
  runs: { partition: 'RUN#id', calls: { read: 'GetItem', write: 'UpdateItem', remove: 'DeleteItem' } },
  locks: { partition: 'LOCK#name', calls: { write: 'DeleteItem' } },
  admitted: { partition: 'ADMITTED#3', calls: { read: 'BatchGetItem', write: 'PutItem', remove: 'BatchWriteItem' } },
  attributions: { partition: 'SGR#sgr-1', calls: { read: 'BatchGetItem', write: 'PutItem' } },
  seenEvents: { partition: 'IDEM#3', calls: { read: 'BatchGetItem', write: 'BatchWriteItem' } },
  lines: { partition: 'LINE', calls: { read: 'GetItem', write: 'PutItem' } },
  killSwitch: { partition: 'CONTROL#kill-switch', calls: { read: 'GetItem', write: 'PutItem' } },
};

/** Methods of the stores (core/ports/), and what each does with the items. */
const METHODS: Readonly<Record<string, Readonly<Record<string, readonly Use[]>>>> = {
  assets: { get: ['read'], list: ['read'], putAll: ['write'], removeAll: ['write'] },
  fingerprints: { getMany: ['read'], list: ['read'], save: ['write'] },
  changes: { list: ['read'], putAll: ['write'] },
  findings: { get: ['read'], getMany: ['read'], list: ['read'], listUntold: ['read'], save: ['write'] },
  whitelist: { get: ['read'], list: ['read'], save: ['write'] },
  plans: { get: ['read'], list: ['read'], listUnfinished: ['read'], save: ['write'] },
  approvals: { get: ['read'], list: ['read'], listUnfinished: ['read'], save: ['write'], decide: ['read', 'write'] },
  audit: { list: ['read'], append: ['write'] },
  runs: {
    get: ['read'],
    list: ['read'],
    lastOf: ['read'],
    create: ['write'],
    recordShard: ['read', 'write'],
    finish: ['write'],
    removeExpired: ['remove'],
  },
  locks: { acquire: ['write'], release: ['write'] },
  admitted: { get: ['read'], getMany: ['read'], list: ['read'], save: ['write'], removeAll: ['remove'] },
  // Reads what it adds to.
  attributions: { get: ['read'], put: ['read', 'write'] },
  seenEvents: { seen: ['read'], add: ['write'], removeExpired: ['read', 'write'] },
  lines: { get: ['read'], list: ['read'], save: ['write'] },
  killSwitch: { read: ['read'] },
};

/** Functions that are handed a store, and what they do with it. */
const HANDED: Readonly<Record<string, readonly Use[]>> = {
  updateStored: ['read', 'write'],
  endPlan: ['read', 'write'],
  stampApproved: ['read', 'write'],
  storedInventory: ['read'],
  openedByOf: ['read'],
  readOpener: ['read'],
  permitting: ['read'],
  saveNewest: ['write'],
  admittedPorts: ['read'],
  listWhenMost: ['read'],
};

/**
 * `findings write` and the like: every use of a store in a bundle that was not minified.
 * @throws when a store is handed to a function that is not known here
 */
export async function storeUses(directory: string): Promise<Set<string>> {
  const stores = Object.keys(STORE_ITEMS).join('|');
  const call = new RegExp(`(\\.)?\\b(${stores})\\s*\\.(\\w+)\\(`, 'g');
  const handed = new RegExp(`(\\w+)\\(\\s*(?:ports|base|parts|stores)\\d*\\.(${stores})\\s*[,)]`, 'g');
  const uses = new Set<string>();
  for (const file of await readdir(directory)) {
    if (!file.endsWith('.mjs')) continue;
    const text = await readFile(join(directory, file), 'utf8');
    for (const [, dot, store = '', method = ''] of text.matchAll(call)) {
      // A Map in the adapter.
      if (dot === undefined && store === 'runs' && method === 'get') continue;
      for (const use of METHODS[store]?.[method] ?? []) uses.add(`${store} ${use}`);
    }
    for (const [all, name = '', store = ''] of text.matchAll(handed)) {
      const known = HANDED[name];
      if (known === undefined) throw new Error(`${all}: say in HANDED what ${name} does with ${store}`);
      for (const use of known) uses.add(`${store} ${use}`);
    }
  }
  return uses;
}
