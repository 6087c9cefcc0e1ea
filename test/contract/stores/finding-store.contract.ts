import { describe, expect, it } from 'vitest';
import type { Finding, Untold } from '../../../core/findings/finding.ts';
import type { FindingStore } from '../../../core/ports/stores.ts';
import { aFinding } from '../../builders/finding.ts';
import { itKeepsVersions } from './versioned.contract.ts';

const OPENED: Untold = { kind: 'opened', occurrence: 1, at: '2026-03-01T09:00:00.000Z', note: null };

const aNewFinding = (over: Partial<Finding> = {}) => aFinding({ version: 0, untold: [], ...over });

export function describeFindingStore(name: string, make: () => Promise<FindingStore>): void {
  const idsOf = (findings: readonly Finding[]) => findings.map((finding) => finding.id);

  describe(`finding store ${name}`, () => {
    itKeepsVersions({
      make,
      entity: (id) => aNewFinding({ id }),
      withText: (finding, service) => ({ ...finding, service }),
      withVersion: (finding, version) => ({ ...finding, version }),
      idOf: (finding) => finding.id,
    });

    it('reads many by id', async () => {
      const store = await make();
      const saved = await store.save(aNewFinding({ id: 'f-1' }));
      await store.save(aNewFinding({ id: 'f-2' }));
      expect(await store.getMany(['f-1', 'f-1', 'f-9'])).toEqual(new Map([['f-1', saved]]));
    });

    it('lists what is untold, whole and by alert group, until it is told', async () => {
      const store = await make();
      const mine = await store.save(aNewFinding({ id: 'f-1', untold: [OPENED] }));
      const other = await store.save(aNewFinding({ id: 'f-2', untold: [OPENED], address: '192.0.2.4' }));
      const unowned = await store.save(aNewFinding({ id: 'f-3', untold: [OPENED], owner: null }));
      await store.save(aNewFinding({ id: 'f-4' }));
      expect(await store.listUntold()).toEqual([mine, other, unowned]);
      expect(await store.listUntold('payments|192.0.2.3')).toEqual([mine]);
      expect(await store.listUntold('payments|192.0.2.4')).toEqual([other]);
      expect(await store.listUntold('unowned|192.0.2.3')).toEqual([unowned]);
      expect(await store.listUntold('nobody|192.0.2.3')).toEqual([]);
      await store.save({ ...mine, untold: [] });
      expect(idsOf(await store.listUntold())).toEqual(['f-2', 'f-3']);
      expect(await store.listUntold('payments|192.0.2.3')).toEqual([]);
    });

    it('moves an untold finding to the group of its new owner', async () => {
      const store = await make();
      const before = await store.save(aNewFinding({ untold: [OPENED] }));
      const after = await store.save({ ...before, owner: 'search' });
      expect(await store.listUntold('payments|192.0.2.3')).toEqual([]);
      expect(await store.listUntold('search|192.0.2.3')).toEqual([after]);
      expect(await store.listUntold()).toEqual([after]);
    });

    it('finds the group of an owner with a name of 5,000 characters', async () => {
      const store = await make();
      const owner = 'ö'.repeat(5_000);
      const saved = await store.save(aNewFinding({ owner, untold: [OPENED] }));
      expect(await store.listUntold(`${owner}|192.0.2.3`)).toEqual([saved]);
    });

    it('lists an untold group of more than one page of 1 MB, in order of id', async () => {
      const store = await make();
      const ids = Array.from({ length: 220 }, (_, i) => `f-${String(i).padStart(4, '0')}`);
      const note = 'n'.repeat(12_000);
      await Promise.all(ids.map((id) => store.save(aNewFinding({ id, untold: [{ ...OPENED, note }] }))));
      expect(idsOf(await store.listUntold('payments|192.0.2.3'))).toEqual(ids);
      expect(idsOf(await store.listUntold())).toEqual(ids);
    });
  });
}
