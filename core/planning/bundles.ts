import type { Address } from '../net/address.ts';
import { type AddressNumber, compareNumbers } from '../net/address-number.ts';
import { PortSet } from '../net/port-set.ts';
import { LEASE_GROUPS, leaseGroupOf } from './lease-group.ts';
import type { Shard } from './shard.ts';
import { type ShardLimits, fits, mostPorts } from './shard-limits.ts';

/** One address and the ports that are to be probed at it. */
export interface Target {
  readonly address: Address;
  /** The address again: its place in the order. */
  readonly number: AddressNumber;
  readonly ports: PortSet;
}

/** What a shard says about addresses and ports. */
export type Piece = Pick<Shard, 'addresses' | 'ports' | 'excluded'>;

/** With fewer lanes the shards of one address would come too close upon each other. */
const LEAST_LANES = 64;

/** Pieces that hit the same addresses, each at other ports. */
export type Lane = readonly Piece[];

/**
 * Cuts and bundles the work. Addresses with few ports share pieces, those with equal ports first; one with too many ports for a
 * piece has a lane of its own, or, where there are very many like it, shares one with some of them. Every address is in one lane only. Targets with equal ports must share one PortSet object.
 */
export function lanesOf(targets: readonly Target[], limits: ShardLimits): Lane[] {
  const most = mostPorts(limits);
  const alike = new Map<PortSet, Target[]>();
  for (const target of targets) {
    const others = alike.get(target.ports);
    if (others) others.push(target);
    else alike.set(target.ports, [target]);
  }
  const lanes: Lane[] = [];
  const small: Target[] = [];
  for (const [ports, members] of alike) {
    if (ports.size <= most) {
      if (!ports.isEmpty) for (const target of members) small.push(target);
      continue;
    }
    const chunks = chunksOf(ports, most);
    const together = groupSize(members.length, limits);
    for (const group of groupsOf(members, together)) {
      lanes.push(
        chunks.map((chunk) =>
          pieceOf(
            group.map((target) => ({ ...target, ports: chunk })),
            chunk,
          ),
        ),
      );
    }
  }
  for (const piece of bundle(small, limits)) lanes.push([piece]);
  return lanes;
}

/** Addresses of one lane, when each needs many pieces. */
function groupSize(members: number, limits: ShardLimits): number {
  const fitting = Math.floor(limits.maxProbesPerShard / mostPorts(limits));
  return Math.max(1, Math.min(limits.maxAddressesPerShard, fitting, Math.floor(members / LEAST_LANES)));
}

/**
 * Members of a lease group together, since a shard then takes its leases with one write. Neighbours are of different lease groups where there
 * are enough: those are scanned at the same time, and each write pays for all leases of its group.
 */
function groupsOf(members: readonly Target[], size: number): Target[][] {
  if (size === 1) return members.map((target) => [target]);
  const keyed = members.map((target) => ({ target, group: leaseGroupOf(target.address) }));
  const sorted = keyed.sort((a, b) => a.group - b.group).map(({ target }) => target);
  const groups = Array.from({ length: Math.ceil(sorted.length / size) }, (_, i) =>
    sorted.slice(i * size, (i + 1) * size),
  );
  const apart = Math.ceil(groups.length / LEASE_GROUPS);
  const turns = Array.from({ length: apart }, (_, turn) => groups.filter((_group, i) => i % apart === turn));
  return turns.flat();
}

/** Fills piece after piece for as long as the next target fits. */
function* bundle(targets: readonly Target[], limits: ShardLimits): Generator<Piece> {
  let members: Target[] = [];
  let ports = PortSet.EMPTY;
  let pairs = 0;
  for (const target of targets) {
    const union = ports === target.ports ? ports : ports.union(target.ports);
    const size = { addresses: members.length + 1, ports: union.size, pairs: pairs + target.ports.size };
    if (members.length > 0 && !fits(size, limits)) {
      yield pieceOf(members, ports);
      [members, ports, pairs] = [[target], target.ports, target.ports.size];
    } else {
      members.push(target);
      [ports, pairs] = [union, size.pairs];
    }
  }
  if (members.length > 0) yield pieceOf(members, ports);
}

function pieceOf(members: readonly Target[], ports: PortSet): Piece {
  const ascending = [...members].sort((a, b) => compareNumbers(a.number, b.number));
  const excluded: Record<string, string> = {};
  for (const target of ascending) {
    if (target.ports === ports) continue;
    const leftOut = ports.subtract(target.ports);
    if (!leftOut.isEmpty) excluded[target.address] = leftOut.toString();
  }
  return { addresses: ascending.map(({ address }) => address), ports: ports.toString(), excluded };
}

/** Parts of nearly equal size, none larger than `most`, ascending. */
function chunksOf(ports: PortSet, most: number): PortSet[] {
  const all = [...ports];
  const parts = Math.ceil(all.length / most);
  return Array.from({ length: parts }, (_, i) =>
    PortSet.from(all.slice(Math.floor((i * all.length) / parts), Math.floor(((i + 1) * all.length) / parts))),
  );
}
