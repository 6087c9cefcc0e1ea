import type { AdmittedStore } from '../ports/admitted-store.ts';

/** A record has a few hundred bytes. A list is billed for 4 KB at a time, a read of one record for 4 KB each. */
const MOST = 0.25;

/**
 * The store, except that many records are picked from the list of all when they are a fourth of the `stored` ones at least: as up to date as
 * reading each, and a fraction of its price.
 */
export function listWhenMost(store: AdmittedStore, stored: number): AdmittedStore {
  return {
    get: (address) => store.get(address),
    async getMany(addresses) {
      if (addresses.length < MOST * stored) return store.getMany(addresses);
      const wanted = new Set(addresses);
      return new Map((await store.list()).flatMap((one) => (wanted.has(one.address) ? [[one.address, one]] : [])));
    },
    save: (admitted) => store.save(admitted),
    list: () => store.list(),
    removeAll: (addresses) => store.removeAll(addresses),
  };
}
