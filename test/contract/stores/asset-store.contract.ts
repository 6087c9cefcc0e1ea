import { describe, expect, it } from 'vitest';
import type { AssetStore } from '../../../core/ports/stores.ts';
import { anAsset } from '../../builders/asset.ts';
import { AWKWARD } from './samples.ts';

export function describeAssetStore(name: string, make: () => Promise<AssetStore>): void {
  describe(`asset store ${name}`, () => {
    it('has nothing at first, and nothing under text that is no address', async () => {
      const store = await make();
      expect(await store.list()).toEqual([]);
      expect(await store.get('192.0.2.3')).toBeUndefined();
      expect(await store.get('')).toBeUndefined();
      expect(await store.get('9'.repeat(3_000))).toBeUndefined();
    });

    it('gives back what was put; the last write wins', async () => {
      const store = await make();
      const asset = anAsset({ tags: { env: '', 'Zoë 😀': AWKWARD.join(' ') } });
      await store.putAll([asset]);
      expect(await store.get(asset.address)).toEqual(asset);
      await store.putAll([anAsset({ owner: 'one' }), anAsset({ owner: 'two' })]);
      expect(await store.get(asset.address)).toEqual(anAsset({ owner: 'two' }));
      expect(await store.list()).toEqual([anAsset({ owner: 'two' })]);
    });

    it('removes what is there and does not mind what is not', async () => {
      const store = await make();
      await store.putAll([anAsset({ address: '192.0.2.1' }), anAsset({ address: '192.0.2.2' })]);
      await store.removeAll(['192.0.2.1', '192.0.2.1', '192.0.2.99', '']);
      expect(await store.list()).toEqual([anAsset({ address: '192.0.2.2' })]);
      await store.removeAll([]);
      await store.putAll([]);
      expect(await store.list()).toHaveLength(1);
    });

    it('lists 1,000 addresses of both families once, over many pages of 1 MB', async () => {
      const store = await make();
      const addresses = Array.from({ length: 1_000 }, (_, i) =>
        i % 2 ? `2001:db8::${i.toString(16)}` : `198.51.${100 + (i >> 8)}.${i & 255}`,
      );
      const tags = { note: 'n'.repeat(12_000) };
      await store.putAll(addresses.map((address) => anAsset({ address, tags })));
      expect((await store.list()).map((asset) => asset.address)).toEqual([...addresses].sort());
      await store.removeAll(addresses.slice(0, 990));
      expect((await store.list()).map((asset) => asset.address)).toEqual(addresses.slice(990).sort());
    });
  });
}
