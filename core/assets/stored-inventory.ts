import type { AssetSource } from '../ports/sources.ts';
import type { AssetStore } from '../ports/stores.ts';
import { INVENTORY } from './cloud-assets.ts';

/** The cloud's addresses as they were last read, for those that need them more often than a cloud can be read. A new one may be a turn late. */
export function storedInventory(assets: Pick<AssetStore, 'list'>): AssetSource {
  return { list: async () => (await assets.list({ mayLag: true })).filter(({ source }) => source === INVENTORY) };
}
