import type { Address } from '../net/address.ts';
import { type AddressNumber, compareNumbers } from '../net/address-number.ts';
import { PortSet } from '../net/port-set.ts';
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

/** Pieces that hit the same addresses, each at other ports. */
export type Lane = readonly Piece[];

/**
 * Cuts and bundles the work. Addresses with few ports share pieces, those with equal ports first; one with too many ports for a
 * piece has a lane of its own. Every address is in one lane only. Targets with equal ports must share one PortSet object.
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
    for (const target of members) lanes.push(chunks.map((chunk) => pieceOf([{ ...target, ports: chunk }], chunk)));
  }
  for (const piece of bundle(small, limits)) lanes.push([piece]);
  return lanes;
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
