import type { Asset } from '../assets/asset.ts';
import { INVENTORY } from '../assets/cloud-assets.ts';
import { canonicalJson } from '../identity.ts';
import type { AssetSource } from '../ports/sources.ts';
import type { AssetStore } from '../ports/stores.ts';

/** Sources of assets that come from the configuration and this machine. */
export const CONFIGURED: ReadonlySet<string> = new Set(['config', 'interfaces']);
/** All that are kept up to date: what the asset source no longer lists of them is no longer ours. */
const WATCHED: ReadonlySet<string> = new Set([...CONFIGURED, INVENTORY]);

/**
 * Brings the stored assets up to what we own now and resolves to the watched ones, in the source's order.
 * An address that is gone is removed, so that nothing scans or judges it again. `speaksFor`: only assets that were learned there, when
 * somebody else looks after the others. `onLeft` is called before that with what is gone, or has another account or Region now.
 */
export async function refreshAssets(ports: {
  source: AssetSource;
  assets: AssetStore;
  speaksFor?: ReadonlySet<string>;
  onLeft?: (left: readonly Asset[]) => Promise<void>;
}): Promise<Asset[]> {
  const speaksFor = ports.speaksFor ?? WATCHED;
  // Before the source is asked, which may take long: what an event adds or removes meanwhile is newer than its answer.
  const stored = new Map((await ports.assets.list()).map((asset) => [asset.address, asset]));
  const current = await ports.source.list();
  const now = new Map(current.map((asset) => [asset.address, asset]));
  const fresh = current.filter((asset) => !sameAsset(asset, stored.get(asset.address)));
  const spokenFor = [...stored.values()].filter(({ source }) => speaksFor.has(source));
  const gone = spokenFor.filter(({ address }) => !now.has(address));
  const moved = spokenFor.filter((asset) => isElsewhere(asset, now.get(asset.address)));
  if (gone.length + moved.length > 0) await ports.onLeft?.([...gone, ...moved]);
  if (fresh.length > 0) await ports.assets.putAll(fresh);
  if (gone.length > 0) await ports.assets.removeAll(gone.map((asset) => asset.address));
  return current;
}

function isElsewhere(before: Asset, now: Asset | undefined): boolean {
  return now !== undefined && (before.account !== now.account || before.region !== now.region);
}

function sameAsset(asset: Asset, stored: Asset | undefined): boolean {
  return stored !== undefined && canonicalJson({ ...stored, learnedAt: asset.learnedAt }) === canonicalJson(asset);
}
