import { describe, expect, it } from 'vitest';
import type { AdmittedStore } from '../../../core/ports/admitted-store.ts';
import { anAdmitted } from '../../builders/admitted.ts';
import { itKeepsVersions } from './versioned.contract.ts';

export function describeAdmittedStore(name: string, make: () => Promise<AdmittedStore>): void {
  describe(`store of what is admitted ${name}`, () => {
    itKeepsVersions({
      make,
      entity: (address) => anAdmitted({ address, version: 0 }),
      withText: (admitted, interfaceId) => ({ ...admitted, interfaceId }),
      withVersion: (admitted, version) => ({ ...admitted, version }),
      idOf: (admitted) => admitted.address,
    });

    it('reads several addresses at once and leaves out the missing ones', async () => {
      const store = await make();
      const saved = await store.save(anAdmitted({ version: 0, pairs: [], gain: null }));
      expect(await store.getMany([saved.address, '2001:db8::1', ''])).toEqual(new Map([[saved.address, saved]]));
    });

    it('removes what is there and does not mind what is not; the address may come back', async () => {
      const store = await make();
      for (const address of ['192.0.2.1', '192.0.2.2']) await store.save(anAdmitted({ address, version: 0 }));
      await store.removeAll(['192.0.2.1', '192.0.2.1', '192.0.2.99', '']);
      await store.removeAll([]);
      expect((await store.list()).map(({ address }) => address)).toEqual(['192.0.2.2']);
      expect((await store.save(anAdmitted({ address: '192.0.2.1', version: 0 }))).version).toBe(1);
    });
  });
}
