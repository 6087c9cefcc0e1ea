import { type Family, WIDTH } from '../../net/address-number.ts';
import { parseAddressRange } from '../../net/address-range.ts';
import { AddressSet } from '../../net/address-set.ts';
import type { Breadth } from '../../net/breadth.ts';
import { type Intervals, countOf, intersectIntervals, normalise } from '../../net/intervals.ts';
import { publicPart } from '../../net/public-space.ts';

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

/** Addresses that a packet from the internet can come from: the table of core/net/public-space.ts as intervals. */
export const PUBLIC: Readonly<Record<Family, Intervals>> = {
  v4: ranges(...publicNetworks('0.0.0.0/0')),
  v6: ranges(...publicNetworks('::/0')),
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

function publicNetworks(all: string): string[] {
  return publicPart(AddressSet.parse(all)).toString().split(',');
}

function ranges(...texts: readonly string[]): Intervals {
  return normalise(texts.map((text) => parseAddressRange(text).interval));
}
