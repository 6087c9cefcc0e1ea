import { idOf } from '../identity.ts';
import type { Address } from '../net/address.ts';
import { compareNumbers, numberOf } from '../net/address-number.ts';
import type { Exclusions } from '../net/exclusions.ts';
import type { PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';
import { type Instant, after } from '../time.ts';
import { type Lane, type Piece, type Target, lanesOf } from './bundles.ts';
import type { Shard, ShardPurpose } from './shard.ts';
import { assertLimits } from './shard-limits.ts';
import { SharedPorts } from './shared-ports.ts';

export interface ShardRequest {
  runId: string;
  taskId: string;
  purpose: ShardPurpose;
  /** `tcp` when absent. */
  protocol?: Protocol;
  /** Canonical address -> ports to probe. */
  work: ReadonlyMap<Address, PortSet>;
  exclusions: Exclusions;
  tries: number;
  timeoutMs: number;
  /** Probes a second of each shard; null leaves it to the scanner. */
  rate: number | null;
  /** Address x port pairs of one shard; lowered where the result of one of its addresses would not fit a message. */
  maxProbesPerShard: number;
  maxAddressesPerShard: number;
  now: Instant;
  /** How long a shard may wait before it is stale. */
  ttlMs: number;
  planId: string | null;
  /** Number of the first shard, when one run is cut in several calls; else 0. */
  firstIndex?: number;
}

/**
 * Cuts work into shards that cover every pair of `work` once, except what is excluded. Addresses with different ports share
 * a shard, which then leaves out by `excluded` what an address does not need. The same request gives the same shards, ids
 * included. Shards of one address are as far apart in the list as the work allows;
 * those of a full scan take several addresses at once only when there are many.
 */
export function makeShards(request: ShardRequest): Shard[] {
  assertLimits(request);
  return interleave(lanesOf(targetsOf(request), request)).map((piece, index) => ({
    shardId: idOf('s', request.runId, (request.firstIndex ?? 0) + index),
    runId: request.runId,
    taskId: request.taskId,
    purpose: request.purpose,
    addresses: piece.addresses,
    protocol: request.protocol ?? 'tcp',
    ports: piece.ports,
    excluded: piece.excluded,
    tries: request.tries,
    timeoutMs: request.timeoutMs,
    rate: request.rate,
    createdAt: request.now,
    notAfter: after(request.now, request.ttlMs),
    planId: request.planId,
  }));
}

/** What is left of the work without the exclusions, addresses ascending; equal ports are one object. */
function targetsOf({ work, exclusions }: ShardRequest): Target[] {
  const shared = new SharedPorts();
  const targets = [...work].map(([address, ports]) => ({ address, ports, number: numberOf(address) }));
  targets.sort((a, b) => compareNumbers(a.number, b.number));
  return targets
    .filter(({ address }) => !exclusions.excludesAddress(address))
    .map((target) => ({ ...target, ports: shared.without(target.ports, exclusions.excludedPorts(target.address)) }));
}

/**
 * Deals the lanes, longest first, into as many rounds as the longest has pieces, one piece a round. So two pieces of a lane are
 * about (all pieces / longest lane) apart, and neighbours only when one lane is more than half of everything.
 */
function interleave(lanes: readonly Lane[]): Piece[] {
  const dealt = [...lanes].sort((a, b) => b.length - a.length);
  const pieces = dealt.flat();
  const rounds = dealt[0]?.length ?? 0;
  const order: Piece[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (let i = round; i < pieces.length; i += rounds) order.push(pieces[i] as Piece);
  }
  return order;
}
