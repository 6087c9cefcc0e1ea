import { CloudAssetSource } from '../../core/assets/cloud-asset-source.ts';
import { joinAssets } from '../../core/assets/joined-assets.ts';
import { scannableAssets } from '../../core/assets/scannable-assets.ts';
import { storedInventory } from '../../core/assets/stored-inventory.ts';
import { messageOf } from '../../core/errors.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';
import type { AssetSource } from '../../core/ports/sources.ts';
import { makeInventoryFunction } from '../../lambdas/inventory/function.ts';
import type { LocalAws } from './cloud.ts';

/** The inventory of the watched accounts on one machine. */
export interface LocalInventory {
  /** Reads every account. @throws AggregateError naming those that could not be read, after all others. */
  run(): Promise<void>;
  /** What is watched, from the newest reading; the first call reads. */
  readonly source: AssetSource;
}

/** `configured`: what `targets` names. Without targets only the accounts are watched, not this machine. */
export function localInventory(base: BasePorts, configured: AssetSource, aws: LocalAws): LocalInventory {
  const { settings, assets, log } = base;
  const others = settings.targets.length === 0 ? [] : [configured];
  const run = makeInventoryFunction({
    ...base,
    reader: aws.reader,
    assetsOf: scannableAssets(settings),
    sourceWith: (reader) => joinAssets([...others, new CloudAssetSource(settings, { reader, assets, log })]),
  });
  const known = joinAssets([...others, storedInventory(assets)]);
  let first: Promise<void> | undefined;
  return {
    run,
    source: {
      async list() {
        first ??= run().catch((error: unknown) => {
          log.warn('not every account could be read; its last known addresses are watched', {
            reason: messageOf(error),
          });
        });
        await first;
        return known.list();
      },
    },
  };
}
