import type { PrefixList, Route, RouteTable } from '../../cloud/network.ts';
import type { Family } from '../../net/address-number.ts';
import {
  type Interval,
  type Intervals,
  intersectIntervals,
  normalise,
  subtractIntervals,
} from '../../net/intervals.ts';
import { readCidr } from './cidr.ts';
import { EVERYONE } from './public-space.ts';

/** Where the replies of a subnet go, for one family. Addresses in neither set get no reply from the internet gateway. */
export interface ReplyRoutes {
  readonly tableId: string;
  /** Straight out by an internet gateway. */
  readonly direct: Intervals;
  /** Through something that is not ours to judge: a firewall or gateway endpoint, an appliance, a transit gateway; or nobody knows where to. */
  readonly diverted: Intervals;
  /** Every stretch of addresses and the route that has it, for the sentence that says why. */
  readonly taken: readonly { readonly route: Route; readonly addresses: Intervals }[];
  /** Destinations, mostly lists, that were not read: their routes may divert anybody. */
  readonly unreadable: readonly string[];
}

interface Candidate {
  readonly route: Route;
  readonly interval: Interval;
  readonly prefix: number;
  readonly rank: number;
}

/**
 * The longest prefix wins; of equal ones a network before a prefix list before what a virtual private gateway propagates (AWS VPC guide, "How route
 * priority works"). Of two lists with the same network AWS picks one at random: such addresses are diverted.
 */
export function compileRoutes(table: RouteTable, family: Family, lists: ReadonlyMap<string, PrefixList>): ReplyRoutes {
  const { candidates, unreadable } = candidatesOf(table, family, lists);
  const taken: { route: Route; addresses: Intervals }[] = [];
  const direct: Interval[] = [];
  const diverted: Interval[] = [];
  const targets = targetsOf(candidates);
  let left = EVERYONE[family];
  for (const candidate of candidates) {
    const addresses = intersectIntervals(left, [candidate.interval]);
    if (addresses.length === 0) continue;
    left = subtractIntervals(left, addresses);
    taken.push({ route: candidate.route, addresses });
    const kind = targets.get(keyOf(candidate))?.size === 1 ? kindOf(candidate.route) : 'diverted';
    if (kind === 'direct') direct.push(...addresses);
    if (kind === 'diverted') diverted.push(...addresses);
  }
  const known = { tableId: table.id, taken, unreadable };
  if (unreadable.length > 0) return { ...known, direct: [], diverted: EVERYONE[family] };
  return { ...known, direct: normalise(direct), diverted: normalise(diverted) };
}

/** Only an internet gateway brings packets in and takes replies out to the same client. NAT and egress-only gateways are for connections from inside. */
function kindOf({ target, active }: Route): 'direct' | 'diverted' | 'nowhere' {
  if (target === null || !active) return 'nowhere';
  if (target.startsWith('igw-')) return 'direct';
  return /^(?:local$|nat-|eigw-|pcx-)/.test(target) ? 'nowhere' : 'diverted';
}

/** Targets of every network and rank: more than one is a contest. */
function targetsOf(candidates: readonly Candidate[]): Map<string, Set<string | null>> {
  const targets = new Map<string, Set<string | null>>();
  for (const candidate of candidates) {
    const key = keyOf(candidate);
    targets.set(key, (targets.get(key) ?? new Set()).add(candidate.route.target));
  }
  return targets;
}

function keyOf({ interval, prefix, rank }: Candidate): string {
  return `${interval[0]}/${prefix}/${rank}`;
}

function candidatesOf(
  table: RouteTable,
  family: Family,
  lists: ReadonlyMap<string, PrefixList>,
): { candidates: Candidate[]; unreadable: string[] } {
  const candidates: Candidate[] = [];
  const unreadable: string[] = [];
  for (const route of table.routes) {
    const isList = route.destination.startsWith('pl-');
    const list = isList ? lists.get(route.destination) : undefined;
    const networks = isList
      ? (list?.entries.map(({ cidr }) => readCidr(cidr)) ?? [null])
      : [readCidr(route.destination)];
    const rank = isList ? 1 : route.target?.startsWith('vgw-') === true ? 2 : 0;
    for (const network of networks) {
      if (network === null) unreadable.push(route.destination);
      else if (network.family === family) candidates.push({ route, rank, ...network });
    }
  }
  candidates.sort((a, b) => b.prefix - a.prefix || a.rank - b.rank);
  return { candidates, unreadable };
}
