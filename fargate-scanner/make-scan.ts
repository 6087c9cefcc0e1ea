import type { ShardResult } from '../core/fingerprints/shard-result.ts';
import type { Address } from '../core/net/address.ts';
import type { Exclusions } from '../core/net/exclusions.ts';
import type { Shard } from '../core/planning/shard.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { KillSwitch } from '../core/ports/kill-switch.ts';
import { sharedRate } from '../core/scanning/pacing.ts';
import { connectEngine } from './engines/connect/connect-engine.ts';
import type { Engines } from './engines/engines.ts';
import { pickEngine } from './engines/pick-engine.ts';
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
  /** The engines beside connections. */
  readonly engines: Engines;
}

/**
 * The `scan` of `runScanner`: each shard with the engine that `pickEngine` says, each lane with its own sockets, urgent probes before those of
 * sweeps. A shard that asks for an engine which does not work here has a failed result that says why; nothing is probed.
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
  return async (shard, { lane, signal, onProgress }) => {
    const own = lanes.get(lane);
    if (own === undefined) throw new Error(`there is no lane ${lane}`);
    const from = { connect: own.engine, engines: options.engines, own: options.ownAddresses() };
    const picked = await pickEngine(shard, from);
    if (picked.engine === null) return refused(shard, picked.refusal, options.clock);
    const { engine, whyNotBetter } = picked;
    return { ...(await scanShard(shard, { ...options, ...own, engine, signal, onProgress })), whyNotBetter };
  };
}

function refused(shard: Shard, reason: string, clock: Clock): ShardResult {
  const now = clock.now();
  const engine = shard.engine ?? 'none';
  return { shard, engine, status: 'failed', reason, results: [], startedAt: now, finishedAt: now };
}
