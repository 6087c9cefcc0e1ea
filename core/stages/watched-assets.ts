import type { Clock } from '../ports/clock.ts';
import type { AssetSource } from '../ports/sources.ts';
import type { AssetStore } from '../ports/stores.ts';
import { refreshAssets } from './refresh-assets.ts';
import { type Instant, minutes, msBetween } from '../time.ts';
import type { Asset } from '../assets/asset.ts';

/** Host names and interfaces are looked up again after this long. */
const FRESH_MS = minutes(1);

/** What is watched now, looked up at most once a minute. An error is not remembered. */
export function watchedAssets(ports: {
  clock: Clock;
  source: AssetSource;
  assets: AssetStore;
  speaksFor?: ReadonlySet<string>;
}): () => Promise<Asset[]> {
  let known: { at: Instant; assets: Promise<Asset[]> } | undefined;
  return function watched() {
    const now = ports.clock.now();
    if (known === undefined || msBetween(known.at, now) >= FRESH_MS) {
      const assets = refreshAssets(ports);
      known = { at: now, assets };
      assets.catch(() => {
        known = undefined;
      });
    }
    return known.assets;
  };
}
