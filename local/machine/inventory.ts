import { CloudAssetSource } from '../../core/assets/cloud-asset-source.ts';
import type { Asset } from '../../core/assets/asset.ts';
import { joinAssets } from '../../core/assets/joined-assets.ts';
import { scannableAssets } from '../../core/assets/scannable-assets.ts';
import { storedInventory } from '../../core/assets/stored-inventory.ts';
import { messageOf } from '../../core/errors.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';
import type { AssetSource } from '../../core/ports/sources.ts';
import { CONFIGURED } from '../../core/stages/refresh-assets.ts';
import { watchedAssets } from '../../core/stages/watched-assets.ts';
import { makeInventoryFunction } from '../../lambdas/inventory/function.ts';
import type { UnreadPlace } from '../../web/shapes.ts';
import type { LocalAws } from './cloud.ts';
import { unreadPlaces } from './unread-places.ts';

/** The inventory of the watched accounts on one machine. */
export interface LocalInventory {
  /** Reads every account; those that cannot be read are in `unread`. @throws for anything else that failed, after all others. */
  run(): Promise<void>;
  /** What is watched, from the newest reading; the first call reads. */
  readonly watched: () => Promise<Asset[]>;
  readonly unread: () => UnreadPlace[];
}

/** `configured`: what `targets` names. */
export function localInventory(base: BasePorts, configured: AssetSource, aws: LocalAws): LocalInventory {
  const { settings, assets, log } = base;
  const unread = unreadPlaces(aws.reader, base);
  // What is not read is told by the reader, once.
  const assetLog = { ...log, warn: () => undefined };
  const inventory = makeInventoryFunction({
    ...base,
    reader: unread.reader,
    assetsOf: scannableAssets(settings),
    sourceWith: (reader) => joinAssets([configured, new CloudAssetSource(settings, { reader, assets, log: assetLog })]),
  });

  async function run(): Promise<void> {
    try {
      await inventory();
    } catch (error) {
      const problems = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
      const left = problems.filter((problem) => !(problem instanceof Error && unread.isNoted(problem.cause)));
      if (left.length > 0) throw new AggregateError(left, left.map(messageOf).join('; '), { cause: error });
    }
  }

  // Host names and interfaces are looked up once a minute; what the last inventory has found is watched at once.
  const named = watchedAssets({ ...base, source: configured, speaksFor: CONFIGURED });
  const known = joinAssets([{ list: named }, storedInventory(assets)]);
  let first: Promise<void> | undefined;
  return {
    run,
    async watched() {
      first ??= run().catch((error: unknown) => {
        log.warn('the first inventory failed in part; what is known is watched', { reason: messageOf(error) });
      });
      await first;
      return known.list();
    },
    unread: unread.list,
  };
}
