import { VersionConflict } from './errors.ts';

/** Writers that meet at one item are few: more conflicts in a row than this is a fault, not contention. */
const MAX_TRIES = 8;

interface Store<T> {
  get(id: string): Promise<T | undefined>;
  save(item: T): Promise<T>;
}

/**
 * Reads, changes and saves one item, again from the read when another writer was faster.
 * `change` must be pure; returning the item itself means there is nothing to do.
 * Resolves to the item as it then stands, undefined when there is none.
 */
export async function updateStored<T>(store: Store<T>, id: string, change: (item: T) => T): Promise<T | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const item = await store.get(id);
    if (item === undefined) return undefined;
    const changed = change(item);
    if (changed === item) return item;
    try {
      return await store.save(changed);
    } catch (error) {
      if (!(error instanceof VersionConflict) || attempt === MAX_TRIES) throw error;
    }
  }
}
