import type { AclEntry, NetworkAcl } from '../../cloud/network.ts';
import type { Family } from '../../net/address-number.ts';
import {
  type Interval,
  type Intervals,
  intersectIntervals,
  normalise,
  subtractIntervals,
} from '../../net/intervals.ts';
import { readCidr } from './cidr.ts';
import { MAX_PORT, type Transport, concerns, portsOf } from './protocol.ts';
import { EVERYONE } from './public-space.ts';

/** Ports that clients send from, so replies go to them: 1024-65535 holds the ranges of all systems (AWS VPC guide, "Ephemeral ports"). */
const REPLY_PORTS = { from: 1_024, to: MAX_PORT };

export interface AclRow {
  readonly entry: AclEntry;
  readonly from: number;
  readonly to: number;
  readonly addresses: Interval;
}

/** Ports from `from` up to the next stretch, for which the same rows decide. */
interface Stretch {
  readonly from: number;
  /** Sources whose packets come in and who get replies on every port they may send from. */
  readonly whole: Intervals;
  /** Sources whose packets come in and who get replies on some port. */
  readonly some: Intervals;
}

/** A network access list for one family and protocol: rows in ascending order, the first that matches decides, no row is a deny. */
export interface AccessList {
  readonly id: string;
  readonly inbound: readonly AclRow[];
  readonly stretches: readonly Stretch[];
}

/**
 * `neighbours` are of the same subnet: their packets do not pass the list.
 * null when a row's network cannot be read, so that nothing may be concluded from the list.
 */
export function compileAccessList(
  acl: NetworkAcl,
  family: Family,
  protocol: Transport,
  neighbours: Intervals,
): AccessList | null {
  const [inbound, outbound] = [rowsOf(acl, family, protocol, false), rowsOf(acl, family, protocol, true)];
  if (inbound === null || outbound === null) return null;
  const replies = repliesOf(outbound, family);
  const join = (set: Intervals): Intervals => (neighbours.length === 0 ? set : normalise([...set, ...neighbours]));
  const stretches = startsOf(inbound, 0, MAX_PORT).map((from) => {
    const allowed = allowedAt(inbound, from, family);
    return {
      from,
      whole: join(intersectIntervals(allowed, replies.whole)),
      some: join(intersectIntervals(allowed, replies.some)),
    };
  });
  return { id: acl.id, inbound, stretches };
}

export function stretchAt(list: AccessList, port: number): Stretch {
  let low = 0;
  let high = list.stretches.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((list.stretches[middle]?.from ?? 0) <= port) low = middle;
    else high = middle - 1;
  }
  const found = list.stretches[low];
  if (found === undefined) throw new RangeError(`access list ${list.id} has no stretch for port ${port}`);
  return found;
}

/** The first row that turns away one of the sources at the port; `no-row` when only the end of the list does; null when all come in. */
export function denyingRow(list: AccessList, port: number, sources: Intervals): AclRow | 'no-row' | null {
  let left = sources;
  for (const row of list.inbound) {
    if (port < row.from || port > row.to) continue;
    if (intersectIntervals(left, [row.addresses]).length === 0) continue;
    if (!row.entry.allow) return row;
    left = subtractIntervals(left, [row.addresses]);
  }
  return left.length > 0 ? 'no-row' : null;
}

function rowsOf(acl: NetworkAcl, family: Family, protocol: Transport, egress: boolean): AclRow[] | null {
  const out: AclRow[] = [];
  for (const entry of acl.entries) {
    if (entry.egress !== egress || !concerns(entry.protocol, protocol)) continue;
    const cidr = readCidr(entry.cidr);
    if (cidr === null) return null;
    if (cidr.family !== family) continue;
    const ports = portsOf({
      protocol: entry.protocol,
      fromPort: entry.ports?.from ?? null,
      toPort: entry.ports?.to ?? null,
    });
    out.push({ entry, ...ports, addresses: cidr.interval });
  }
  return out.sort((a, b) => a.entry.number - b.entry.number);
}

/** Port numbers at which the rows that match change, ascending, from `first` on. */
function startsOf(rows: readonly AclRow[], first: number, last: number): number[] {
  const starts = new Set([first]);
  for (const row of rows) for (const at of [row.from, row.to + 1]) if (at > first && at <= last) starts.add(at);
  return [...starts].sort((a, b) => a - b);
}

function allowedAt(rows: readonly AclRow[], port: number, family: Family): Intervals {
  const allowed: Interval[] = [];
  let left = EVERYONE[family];
  for (const row of rows) {
    if (port < row.from || port > row.to) continue;
    if (row.entry.allow) allowed.push(...intersectIntervals(left, [row.addresses]));
    left = subtractIntervals(left, [row.addresses]);
    if (left.length === 0) break;
  }
  return normalise(allowed);
}

function repliesOf(outbound: readonly AclRow[], family: Family): { whole: Intervals; some: Intervals } {
  let whole = EVERYONE[family];
  let some: Intervals = [];
  for (const port of startsOf(outbound, REPLY_PORTS.from, REPLY_PORTS.to)) {
    const allowed = allowedAt(outbound, port, family);
    whole = intersectIntervals(whole, allowed);
    some = normalise([...some, ...allowed]);
  }
  return { whole, some };
}
