import type { Asset } from '../assets/asset.ts';
import { INVENTORY } from '../assets/cloud-assets.ts';
import { canonicalJson } from '../identity.ts';
import type { AssetSource } from '../ports/sources.ts';
import type { AssetStore } from '../ports/stores.ts';

/** Sources that only the asset source speaks for: what it no longer lists is no longer ours. */
const WATCHED_SOURCES = new Set(['config', 'interfaces', INVENTORY]);

/**
 * Brings the stored assets up to what we own now and resolves to the watched ones, in the source's order.
 * An address that is gone is removed, so that nothing scans or judges it again.
 */
export async function refreshAssets(ports: { source: AssetSource; assets: AssetStore }): Promise<Asset[]> {
  const current = await ports.source.list();
  const stored = new Map((await ports.assets.list()).map((asset) => [asset.address, asset]));
  const addresses = new Set(current.map((asset) => asset.address));
  const fresh = current.filter((asset) => !sameAsset(asset, stored.get(asset.address)));
  const gone = [...stored.values()].filter(
    (asset) => WATCHED_SOURCES.has(asset.source) && !addresses.has(asset.address),
  );
  if (fresh.length > 0) await ports.assets.putAll(fresh);
  if (gone.length > 0) await ports.assets.removeAll(gone.map((asset) => asset.address));
  return current;
}

function sameAsset(asset: Asset, stored: Asset | undefined): boolean {
  return stored !== undefined && canonicalJson({ ...stored, learnedAt: asset.learnedAt }) === canonicalJson(asset);
}
