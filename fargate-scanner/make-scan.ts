import type { ShardResult } from '../core/fingerprints/shard-result.ts';
import { type Address, toAddress } from '../core/net/address.ts';
import type { Exclusions } from '../core/net/exclusions.ts';
import { neverScanReason } from '../core/net/never-scan.ts';
import type { Shard } from '../core/planning/shard.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { KillSwitch } from '../core/ports/kill-switch.ts';
import { sharedRate } from '../core/scanning/pacing.ts';
import { connectEngine } from './engines/connect/connect-engine.ts';
import type { Engine } from './engines/engine.ts';
import { type Lane, LANES, type ScanCall } from './queue-loop.ts';
import type { Recheck } from './recheck.ts';
import { scanShard } from './scan-shard.ts';

/** Of the sockets, for each lane. */
const SHARE = 1 / LANES.length;
/** Longest time for one shard. Its visibility is extended meanwhile. */
const DEADLINE_MS = 10 * 60_000;

export interface MakeScanOptions {
  readonly clock: Clock;
  readonly killSwitch: KillSwitch;
  readonly exclusions: Exclusions;
  readonly recheck: Recheck;
  /** Probes a second of all shards that do not say, all lanes together. */
  readonly rate: number;
  /** Probes a second to one address that is not this machine's own. */
  readonly perAddressRate: number;
  readonly concurrency: Readonly<Record<Lane, number>>;
  readonly ownAddresses: () => ReadonlySet<Address>;
  /** True on one machine: it may look at its own loopback addresses. */
  readonly loopback: boolean;
  /** Sends SYNs itself, for sweeps of other machines; null or absent: connections do everything. */
  readonly syn?: Engine | null;
}

/**
 * The `scan` of `runScanner`: the connect engine, each lane with its own sockets, urgent probes before those of sweeps. Sweeps of other machines
 * go to the SYN engine where there is one. Confirmations and verifications do not: a finished handshake is what nobody can spoof.
 */
export function makeScan(options: MakeScanOptions): (shard: Shard, call: ScanCall) => Promise<ShardResult> {
  const { rate, perAddressRate } = options;
  const { urgent, bulk, backstop } = sharedRate(rate, performance.now());
  const tokens = { priority: urgent, bulk, backstop };
  const laneOf = (lane: Lane) => ({
    engine: connectEngine({ share: SHARE / options.concurrency[lane] }),
    limits: { rate, shared: tokens[lane], perAddressRate, deadlineMs: DEADLINE_MS },
  });
  const lanes = new Map(LANES.map((lane) => [lane, laneOf(lane)]));
  return (shard, { lane, signal, onProgress }) => {
    const own = lanes.get(lane);
    if (own === undefined) throw new Error(`there is no lane ${lane}`);
    const syn = shard.purpose !== 'sweep' || !isElsewhere(shard, options.ownAddresses()) ? null : options.syn;
    return scanShard(shard, { ...options, ...own, engine: syn ?? own.engine, signal, onProgress });
  };
}

/** Whether no address of the shard is this machine's own. */
function isElsewhere(shard: Shard, own: ReadonlySet<Address>): boolean {
  return shard.addresses.every((text) => {
    const address = toAddress(text);
    return address !== undefined && !own.has(address) && neverScanReason(address, { loopback: false }) === null;
  });
}
