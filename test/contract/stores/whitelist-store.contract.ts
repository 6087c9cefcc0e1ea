import { describe, expect, it } from 'vitest';
import type { WhitelistStore } from '../../../core/ports/stores.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';
import { itKeepsVersions } from './versioned.contract.ts';

export function describeWhitelistStore(name: string, make: () => Promise<WhitelistStore>): void {
  describe(`whitelist store ${name}`, () => {
    itKeepsVersions({
      make,
      entity: (id) => aWhitelistEntry({ version: 0, id }),
      withText: (entry, reason) => ({ ...entry, reason }),
      withVersion: (entry, version) => ({ ...entry, version }),
      idOf: (entry) => entry.id,
    });

    it('lists entries in every state', async () => {
      const store = await make();
      const states = ['approved', 'rejected', 'removed', 'requested'] as const;
      for (const state of states) await store.save(aWhitelistEntry({ version: 0, id: `w-${state}`, state }));
      expect((await store.list()).map((entry) => entry.state)).toEqual(states);
    });

    it('lists more than one page of 1 MB', async () => {
      const store = await make();
      const ids = Array.from({ length: 220 }, (_, i) => `w-${String(i).padStart(4, '0')}`);
      await Promise.all(ids.map((id) => store.save(aWhitelistEntry({ version: 0, id, reason: 'r'.repeat(12_000) }))));
      expect((await store.list()).map((entry) => entry.id)).toEqual(ids);
    });

    it('sees an entry in the list as soon as it is saved', async () => {
      const store = await make();
      for (let i = 0; i < 20; i += 1) {
        const saved = await store.save(aWhitelistEntry({ version: 0, id: `w-${i}` }));
        expect(await store.list()).toContainEqual(saved);
      }
    });
  });
}
