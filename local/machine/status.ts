import type { Asset } from '../../core/assets/asset.ts';
import { AddressSet } from '../../core/net/address-set.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';
import type { ProcessStatus, UnreadPlace } from '../../web/shapes.ts';

/** What this process knows of itself. */
export function localStatus(
  base: BasePorts,
  watched: () => Promise<Asset[]>,
  unread: () => UnreadPlace[],
): () => Promise<ProcessStatus> {
  const startedAt = base.clock.now();
  return async function status() {
    const { user, system } = process.cpuUsage();
    const assets = await watched();
    return {
      pid: process.pid,
      startedAt,
      mode: base.settings.mode,
      targets: AddressSet.fromCidrs(assets.map((asset) => asset.address))
        .toString()
        .split(','),
      killSwitch: await base.killSwitch.read(),
      unread: unread(),
      process: { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() },
    };
  };
}
