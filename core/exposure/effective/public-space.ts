import { type Family, WIDTH } from '../../net/address-number.ts';
import { parseAddressRange } from '../../net/address-range.ts';
import type { Breadth } from '../../net/breadth.ts';
import { type Intervals, countOf, intersectIntervals, normalise, subtractIntervals } from '../../net/intervals.ts';

/** Every address of a family. */
export const EVERYONE: Readonly<Record<Family, Intervals>> = {
  v4: [[0n, (1n << BigInt(WIDTH.v4)) - 1n]],
  v6: [[0n, (1n << BigInt(WIDTH.v6)) - 1n]],
};

/** Sources that mean this machine or its own link. */
const HOST: Readonly<Record<Family, Intervals>> = {
  v4: ranges('127.0.0.0/8', '169.254.0.0/16'),
  v6: ranges('::1', 'fe80::/10'),
};

/**
 * Never the source of a packet from the internet: IANA IPv4 Special-Purpose Address Registry (RFC 6890 and updates), as of 2025, without the
 * blocks that it calls globally reachable; multicast (RFC 5771); and 192.88.99.0/24, which RFC 7526 took back.
 */
const SPECIAL_V4 = ranges(
  '0.0.0.0/8', // this network, RFC 791
  '10.0.0.0/8', // private, RFC 1918
  '100.64.0.0/10', // shared by carriers, RFC 6598
  '127.0.0.0/8', // loopback, RFC 1122
  '169.254.0.0/16', // link-local, RFC 3927
  '172.16.0.0/12', // private, RFC 1918
  '192.0.0.0/24', // IETF assignments, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.88.99.0/24', // 6to4 relays, RFC 7526
  '192.168.0.0/16', // private, RFC 1918
  '198.18.0.0/15', // benchmarks, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved and broadcast, RFC 1112, RFC 8190
);

/** Of 2000::/3, all that IANA gives out as global unicast (RFC 4291 2.4), these are special (IANA IPv6 Special-Purpose Address Registry). */
const SPECIAL_V6 = ranges(
  '2001:2::/48', // benchmarks, RFC 5180
  '2001:10::/28', // ORCHID, RFC 4843, taken back
  '2001:db8::/32', // documentation, RFC 3849
  '3fff::/20', // documentation, RFC 9637
);

/** Addresses that a packet from the internet can come from. */
export const PUBLIC: Readonly<Record<Family, Intervals>> = {
  v4: subtractIntervals(EVERYONE.v4, SPECIAL_V4),
  v6: subtractIntervals(ranges('2000::/3'), SPECIAL_V6),
};

/** An IPv4 /8 or an IPv6 /32: from here on a public source is wide. */
const WIDE: Readonly<Record<Family, bigint>> = { v4: 1n << 24n, v6: 1n << 96n };

/**
 * The width of a set of sources, null of none. Only its share of `publicSpace` counts when it has one: 0.0.0.0/1 with 128.0.0.0/1 is the
 * internet, and so is a list of all networks but the private ones.
 */
export function breadthOf(family: Family, sources: Intervals, publicSpace: Intervals): Breadth | null {
  if (sources.length === 0) return null;
  const share = intersectIntervals(sources, publicSpace);
  if (share.length === 0) return covers(HOST[family], sources) ? 'host' : 'private';
  if (covers(share, publicSpace)) return 'internet';
  const count = countOf(share);
  if (count === 1n) return 'single';
  return count >= WIDE[family] ? 'wide' : 'range';
}

/** Is every number of `part` in `whole`? */
export function covers(whole: Intervals, part: Intervals): boolean {
  let j = 0;
  for (const [from, to] of part) {
    while (j < whole.length && (whole[j]?.[1] ?? to) < from) j += 1;
    const holder = whole[j];
    if (holder === undefined || holder[0] > from || holder[1] < to) return false;
  }
  return true;
}

function ranges(...texts: readonly string[]): Intervals {
  return normalise(texts.map((text) => parseAddressRange(text).interval));
}
