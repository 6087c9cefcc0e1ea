import { idOf } from '../identity.ts';
import { type Address } from '../net/address.ts';
import { numberOf } from '../net/address-number.ts';
import type { Exclusions } from '../net/exclusions.ts';
import { PortSet } from '../net/port-set.ts';
import { type Instant, after } from '../time.ts';
import type { Shard, ShardPurpose } from './shard.ts';
import { shardLimits } from './shard-limits.ts';

export interface ShardRequest {
  runId: string;
  taskId: string;
  purpose: ShardPurpose;
  /** Canonical address -> ports to probe. */
  work: ReadonlyMap<Address, PortSet>;
  exclusions: Exclusions;
  tries: number;
  timeoutMs: number;
  /** Probes a second of each shard; null leaves it to the scanner. */
  rate: number | null;
  /** Address x port pairs of one shard; lowered where its result would not fit a message. */
  maxProbesPerShard: number;
  maxAddressesPerShard: number;
  now: Instant;
  /** How long a shard may wait before it is stale. */
  ttlMs: number;
  planId: string | null;
}

/** Addresses that are probed at the same ports. */
interface Group {
  readonly ports: PortSet;
  readonly addresses: Address[];
}

type Piece = Pick<Shard, 'addresses' | 'ports' | 'excluded'>;

/**
 * Cuts work into shards that cover every pair of `work` once, except what is excluded. The same request gives the same shards,
 * ids included. Shards of one address are as far apart in the list as the work allows.
 */
export function makeShards(request: ShardRequest): Shard[] {
  const lanes = groupsOf(request).flatMap((group) => lanesOf(group, request));
  return interleave(lanes).map((piece, index) => ({
    shardId: idOf('s', request.runId, index),
    runId: request.runId,
    taskId: request.taskId,
    purpose: request.purpose,
    addresses: piece.addresses,
    protocol: 'tcp',
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

/** Addresses with equal ports together, ascending; without the excluded ones. */
function groupsOf({ work, exclusions }: ShardRequest): Group[] {
  const groups = new Map<string, Group>();
  for (const address of ascending(work.keys())) {
    const ports = work.get(address) ?? PortSet.EMPTY;
    if (ports.isEmpty || exclusions.excludesAddress(address)) continue;
    const key = ports.toString();
    const group = groups.get(key);
    if (group) group.addresses.push(address);
    else groups.set(key, { ports, addresses: [address] });
  }
  return [...groups.values()];
}

function ascending(addresses: Iterable<Address>): Address[] {
  const numbered = [...addresses].map((address) => ({ address, ...numberOf(address) }));
  numbered.sort((a, b) =>
    a.family === b.family ? Number(a.value > b.value) - Number(a.value < b.value) : a.family === 'v4' ? -1 : 1,
  );
  return numbered.map(({ address }) => address);
}

/** One lane for each bundle of addresses: the pieces in it hit the same addresses at different ports. */
function lanesOf(group: Group, request: ShardRequest): Piece[][] {
  const limits = shardLimits(group.ports.size, request);
  const portChunks = chunkPorts(group.ports, limits.ports);
  const lanes: Piece[][] = [];
  for (let i = 0; i < group.addresses.length; i += limits.addresses) {
    const bundle = group.addresses.slice(i, i + limits.addresses);
    const out = new Map(bundle.map((address) => [address, request.exclusions.excludedPorts(address)]));
    const lane = portChunks.map((ports) => pieceOf(ports, out)).filter((piece) => piece !== null);
    if (lane.length > 0) lanes.push(lane);
  }
  return lanes;
}

/** Null when exclusions leave nothing of it. */
function pieceOf(ports: PortSet, out: ReadonlyMap<Address, PortSet>): Piece | null {
  const addresses: Address[] = [];
  const excluded: Record<string, string> = {};
  for (const [address, outPorts] of out) {
    const cut = ports.intersect(outPorts);
    if (cut.size === ports.size) continue;
    addresses.push(address);
    if (!cut.isEmpty) excluded[address] = cut.toString();
  }
  return addresses.length === 0 ? null : { addresses, ports: ports.toString(), excluded };
}

/** Parts of nearly equal size, none larger than `most`, ascending. */
function chunkPorts(ports: PortSet, most: number): PortSet[] {
  const all = [...ports];
  const parts = Math.ceil(all.length / most);
  return Array.from({ length: parts }, (_, i) =>
    PortSet.from(all.slice(Math.floor((i * all.length) / parts), Math.floor(((i + 1) * all.length) / parts))),
  );
}

/**
 * Deals the lanes, longest first, into as many rounds as the longest has pieces, one piece a round. So two pieces of a lane are
 * about (all pieces / longest lane) apart, and neighbours only when one lane is more than half of everything.
 */
function interleave(lanes: readonly (readonly Piece[])[]): Piece[] {
  const dealt = [...lanes].sort((a, b) => b.length - a.length);
  const pieces = dealt.flat();
  const rounds = dealt[0]?.length ?? 0;
  const order: Piece[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (let i = round; i < pieces.length; i += rounds) order.push(pieces[i] as Piece);
  }
  return order;
}
