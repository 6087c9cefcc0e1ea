import { Exclusions } from '../../../core/net/exclusions.ts';
import type { ScanDeps } from '../../../fargate-scanner/scan-shard.ts';

type Permission = Pick<ScanDeps, 'killSwitch' | 'exclusions' | 'recheck' | 'ownAddresses' | 'loopback'>;

/** Of what a scan of shards needs: the kill switch is off, nothing is excluded, and every address is ours and another machine's. */
export const NOTHING_FORBIDDEN: Permission = {
  killSwitch: { read: async () => ({ on: false, reason: null }) },
  exclusions: Exclusions.NONE,
  recheck: async ({ addresses }) => ({ ours: new Set(addresses) }),
  ownAddresses: () => new Set(),
  loopback: false,
};
