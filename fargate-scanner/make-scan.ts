import type { ShardResult } from '../core/fingerprints/shard-result.ts';
import { type Address, toAddress } from '../core/net/address.ts';
import type { Exclusions } from '../core/net/exclusions.ts';
import { LIVENESS_TASK } from '../core/planning/liveness-task.ts';
import type { Shard } from '../core/planning/shard.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { KillSwitch } from '../core/ports/kill-switch.ts';
import type { Log } from '../core/ports/log.ts';
import { type RateParts, SmallShares } from '../core/scanning/address-share.ts';
import { Responders } from '../core/scanning/liveness/responders.ts';
import { sharedRate } from '../core/scanning/pacing.ts';
import { connectEngine } from './engines/connect/connect-engine.ts';
import type { Engine } from './engines/engine.ts';
import type { Engines } from './engines/engines.ts';
import { livenessEngine } from './engines/liveness/liveness-engine.ts';
import { ownApart } from './engines/own-apart.ts';
import { isOwn, pickEngine } from './engines/pick-engine.ts';
import { type Lane, LANES, type ScanCall } from './queue-loop.ts';
import type { Recheck } from './recheck.ts';
import { judgeSilence } from './engines/silence/judge-silence.ts';
import { localView } from './engines/silence/open-view.ts';
import { scanShard } from './scan-shard.ts';
import { Unreached } from './unreached.ts';

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
  readonly addressRates: RateParts;
  readonly concurrency: Readonly<Record<Lane, number>>;
  readonly ownAddresses: () => ReadonlySet<Address>;
  /** True on one machine: it may look at its own loopback addresses. */
  readonly loopback: boolean;
  /** The engines beside connections, of shards that lease their addresses. */
  readonly engines: Engines;
  /** Others like them for small shards: jobs of one engine share the rate to an address, and those two must not. */
  readonly smallEngines: Engines;
  /** Told when addresses cannot be reached from here any more, and when all of them are again. Default: nobody is. */
  readonly log?: Log;
}

/**
 * The `scan` of `runScanner`: each shard with the engine that `pickEngine` says, each lane with its own sockets, urgent probes before those of
 * sweeps. A shard that asks for an engine which does not work here has a failed result that says why; nothing is probed. An address has the
 * owner's rate where the shard leases it, else a share of that for small shards. Shards of the liveness task look for any answer beside their ports.
 */
export function makeScan(options: MakeScanOptions): (shard: Shard, call: ScanCall) => Promise<ShardResult> {
  const { rate, addressRates } = options;
  const { urgent, bulk, backstop } = sharedRate(rate, performance.now());
  const tokens = { priority: urgent, bulk, backstop };
  const connectors = (): Record<Lane, Engine> => {
    const of = (lane: Lane): Engine => connectEngine({ share: SHARE / options.concurrency[lane] });
    return { priority: of('priority'), bulk: of('bulk'), backstop: of('backstop') };
  };
  const owners = { connect: connectors(), engines: options.engines };
  const others = { connect: connectors(), engines: options.smallEngines };
  const shares = new SmallShares(addressRates.small);
  const responders = new Responders();
  const unreached = options.log === undefined ? null : new Unreached(options.log);
  return async (shard, { lane, owner = false, signal, onProgress }) => {
    const { connect, engines } = owner ? owners : others;
    const own = options.ownAddresses();
    const picked = await pickEngine(shard, { connect: connect[lane], engines, own });
    if (picked.engine === null) return refused(shard, picked.refusal, options.clock);
    const { engine: elsewhere, ofOwn, whyNotBetter } = picked;
    const isOfOwn = (address: Address): boolean => isOwn(address, own);
    const both = ofOwn === undefined ? elsewhere : ownApart({ own: ofOwn, others: elsewhere, isOwn: isOfOwn });
    const ports = judgeSilence(both, localView);
    const engine = shard.taskId === LIVENESS_TASK ? livenessEngine({ tcp: ports, responders }) : ports;
    const addresses = new Set(owner ? [] : shard.addresses.flatMap((text) => toAddress(text) ?? []));
    const rates = new Map([...addresses].map((address) => [address, shares.take(elsewhere, address)] as const));
    const perAddressRate = owner ? addressRates.owner : (address: Address) => rates.get(address) ?? 0;
    const limits = { rate, shared: tokens[lane], perAddressRate, deadlineMs: DEADLINE_MS };
    try {
      const result = await scanShard(shard, { ...options, engine, limits, signal, onProgress });
      const reasons = [whyNotBetter, result.whyNotBetter].filter((reason) => typeof reason === 'string');
      unreached?.note(result);
      return { ...result, whyNotBetter: reasons.length === 0 ? null : reasons.join('; ') };
    } finally {
      for (const address of rates.keys()) shares.giveBack(elsewhere, address);
    }
  };
}

function refused(shard: Shard, reason: string, clock: Clock): ShardResult {
  const now = clock.now();
  return { shard, engine: 'none', status: 'failed', reason, results: [], startedAt: now, finishedAt: now };
}
