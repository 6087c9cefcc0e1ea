import type { AssetSource } from '../ports/sources.ts';
import type { Asset } from './asset.ts';

/** What several sources know, in their order; an address that two of them know is told by the first. */
export function joinAssets(sources: readonly AssetSource[]): AssetSource {
  return {
    async list(): Promise<Asset[]> {
      const known = new Map<string, Asset>();
      for (const source of sources) {
        for (const asset of await source.list()) if (!known.has(asset.address)) known.set(asset.address, asset);
      }
      return [...known.values()];
    },
  };
}
