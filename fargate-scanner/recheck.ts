import type { Address } from '../core/net/address.ts';
import type { Shard } from '../core/planning/shard.ts';
import type { AssetStore, TaskRunStore } from '../core/ports/stores.ts';

/** Which addresses of a shard that has waited are still ours; or why its whole run is over. */
export type Rechecked = { readonly ours: ReadonlySet<Address> } | { readonly over: string };
export type Recheck = (shard: Shard) => Promise<Rechecked>;

/** Looks up again what was true when the shard was made. Throws when it cannot be known: then the shard is tried again, and nothing is probed. */
export function makeRecheck(stores: {
  readonly assets: Pick<AssetStore, 'get'>;
  readonly runs: Pick<TaskRunStore, 'get'>;
}): Recheck {
  return async (shard) => {
    const run = await stores.runs.get(shard.runId);
    // Confirmations have no run of their own.
    if (run !== undefined && run.finishedAt !== null) return { over: `its run ended at ${run.finishedAt}` };
    const assets = await Promise.all(shard.addresses.map((address) => stores.assets.get(address)));
    return { ours: new Set(assets.flatMap((asset) => asset?.address ?? [])) };
  };
}
