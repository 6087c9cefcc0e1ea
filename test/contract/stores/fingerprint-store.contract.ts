import { describe, expect, it } from 'vitest';
import type { FingerprintStore } from '../../../core/ports/stores.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { aFingerprintOf } from './samples.ts';
import { itKeepsVersions } from './versioned.contract.ts';

export function describeFingerprintStore(name: string, make: () => Promise<FingerprintStore>): void {
  describe(`fingerprint store ${name}`, () => {
    itKeepsVersions({
      make: async () => {
        const store = await make();
        return {
          get: async (id) => (await store.getMany([id])).get(id),
          save: (fingerprint) => store.save(fingerprint),
          list: () => store.list(),
        };
      },
      entity: (address) => aFingerprint({ version: 0, address }),
      withText: (fingerprint, pendingOpen) => ({ ...fingerprint, pendingOpen }),
      withVersion: (fingerprint, version) => ({ ...fingerprint, version }),
      idOf: (fingerprint) => fingerprint.address,
    });

    it('keeps an address on which nothing was ever open', async () => {
      const store = await make();
      const nothing = aFingerprint({ version: 0, open: '', history: [], observed: [] });
      await store.save(nothing);
      expect(await store.getMany([nothing.address])).toEqual(new Map([[nothing.address, { ...nothing, version: 1 }]]));
    });

    it('keeps TCP and UDP of an address apart, versions included', async () => {
      const store = await make();
      const tcp = await store.save(aFingerprint({ version: 0, open: '53' }));
      expect(await store.getMany([tcp.address], 'udp')).toEqual(new Map());
      const udp = await store.save(aFingerprint({ version: 0, protocol: 'udp', open: '161', history: [] }));
      expect(await store.getMany([tcp.address])).toEqual(new Map([[tcp.address, tcp]]));
      expect(await store.getMany([tcp.address], 'udp')).toEqual(new Map([[tcp.address, udp]]));
      expect([await store.list(), await store.list({ protocol: 'udp', mayLag: true })]).toEqual([[tcp], [udp]]);
    });

    it('reads 250 addresses at once, leaves out the missing ones and takes a name twice', async () => {
      const store = await make();
      const addresses = Array.from({ length: 250 }, (_, i) => `192.0.2.${i}`);
      for (const address of addresses) await store.save(aFingerprint({ version: 0, address, open: address.slice(8) }));
      const found = await store.getMany([...addresses, '192.0.2.7', '198.51.100.1', '2001:db8::1']);
      expect([...found.keys()].sort()).toEqual([...addresses].sort());
      expect(found.get('192.0.2.77')?.open).toBe('77');
      expect(await store.getMany([])).toEqual(new Map());
    });

    it.each([5_000, 65_535])('keeps an address with %i open ports, each with a history of its own', async (ports) => {
      const store = await make();
      const huge = aFingerprintOf(ports);
      const saved = await store.save(huge);
      expect(saved).toEqual({ ...huge, version: 1 });
      expect((await store.getMany([huge.address])).get(huge.address)).toEqual(saved);
      expect(await store.list()).toEqual([saved]);
    });

    it('keeps 1,000 writers of 1,000 addresses apart', async () => {
      const store = await make();
      const addresses = Array.from({ length: 1_000 }, (_, i) => `198.51.${100 + (i >> 8)}.${i & 255}`);
      await Promise.all(addresses.map((address) => store.save(aFingerprint({ version: 0, address }))));
      const list = await store.list();
      expect(list.map((fingerprint) => fingerprint.address)).toEqual([...addresses].sort());
    });
  });
}
