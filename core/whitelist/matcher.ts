import type { Address } from '../net/address.ts';
import { type Breadth, BREADTHS } from '../net/breadth.ts';
import { type Family, numberOf, WIDTH } from '../net/address-number.ts';
import { parseAddressRange } from '../net/address-range.ts';
import { PortSet } from '../net/port-set.ts';
import type { Instant } from '../time.ts';
import type { WhitelistEntry } from './entry.ts';
import { buildTable, findSegment, type SegmentTable } from './segment-table.ts';

export interface Whitelist {
  /**
   * The approved, unexpired entry that permits this port to be reached from `breadth`, or null. Of several the most specific: longest
   * prefix, then fewest ports, then smallest id. An entry counts only before its `expiresAt`.
   * @throws RangeError when `address` is not an address.
   */
  match(address: Address, protocol: 'tcp' | 'udp', port: number, breadth: Breadth, now: Instant): WhitelistEntry | null;
}

interface Rule {
  readonly entry: WhitelistEntry;
  readonly family: Family;
  readonly from: bigint;
  readonly to: bigint;
  readonly prefix: number;
  readonly ports: PortSet;
  readonly width: number;
}

interface Question {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly width: number;
  readonly now: Instant;
}

/** Shorter prefixes are kept apart: each would otherwise be listed in every segment inside it. Lengths as in DIR-24-8 style tables. */
const BROAD_BELOW: Readonly<Record<Family, number>> = { v4: 20, v6: 64 };

/**
 * Compiles the approved entries into sorted segments, each with the entries that reach it, most specific first: a look-up is two
 * binary searches (narrow rules, broad rules) and a walk over a few entries. Expiry is checked at each look-up.
 * @throws BadInput when an approved entry cannot be read: no answer is better than one that permits too much.
 */
export function compileWhitelist(entries: readonly WhitelistEntry[]): Whitelist {
  const rules = entries
    .filter((entry) => entry.state === 'approved')
    .map(toRule)
    .sort(bySpecificity);
  const v4 = { narrow: level(rules, 'v4', false), broad: level(rules, 'v4', true) };
  const v6 = { narrow: level(rules, 'v6', false), broad: level(rules, 'v6', true) };

  return {
    match(address, protocol, port, breadth, now) {
      const asked: Question = { protocol, port, width: BREADTHS.indexOf(breadth), now };
      const quick = v4Number(address);
      if (quick >= 0) return lookUp(v4, quick, asked);
      const { family, value } = numberOf(address);
      // An IPv4-mapped IPv6 address is IPv4.
      return family === 'v4' ? lookUp(v4, Number(value), asked) : lookUp(v6, value, asked);
    },
  };
}

function toRule(entry: WhitelistEntry): Rule {
  const { family, interval } = parseAddressRange(entry.target);
  const [from, to] = interval;
  return {
    entry,
    family,
    from,
    to,
    prefix: WIDTH[family] - ((to - from + 1n).toString(2).length - 1),
    ports: PortSet.parse(entry.ports),
    width: BREADTHS.indexOf(entry.widestSource),
  };
}

function bySpecificity(a: Rule, b: Rule): number {
  return b.prefix - a.prefix || a.ports.size - b.ports.size || (a.entry.id < b.entry.id ? -1 : 1);
}

type Level<N extends number | bigint> = SegmentTable<N, Rule>;

function level(rules: readonly Rule[], family: 'v4', broad: boolean): Level<number>;
function level(rules: readonly Rule[], family: 'v6', broad: boolean): Level<bigint>;
function level(rules: readonly Rule[], family: Family, broad: boolean): Level<number> | Level<bigint> {
  const chosen = rules.filter((rule) => rule.family === family && rule.prefix < BROAD_BELOW[family] === broad);
  if (family === 'v6') return buildTable(chosen, (rule) => [rule.from, rule.to + 1n]);
  return buildTable(chosen, (rule) => [Number(rule.from), Number(rule.to) + 1]);
}

function lookUp<N extends number | bigint>(
  levels: { narrow: Level<N>; broad: Level<N> },
  value: N,
  asked: Question,
): WhitelistEntry | null {
  return (
    firstPermitting(findSegment(levels.narrow, value), asked) ??
    firstPermitting(findSegment(levels.broad, value), asked)
  );
}

function firstPermitting(rules: readonly Rule[] | undefined, asked: Question): WhitelistEntry | null {
  if (rules === undefined) return null;
  for (const { ports, width, entry } of rules) {
    const fits = ports.has(asked.port) && width >= asked.width && asked.now < entry.expiresAt;
    if (fits && (entry.protocol === 'any' || entry.protocol === asked.protocol)) return entry;
  }
  return null;
}

/** The number of a dotted quad; -1 for anything else. */
function v4Number(address: Address): number {
  let value = 0;
  let part = -1;
  let dots = 0;
  for (let i = 0; i < address.length; i += 1) {
    const code = address.charCodeAt(i);
    if (code === DOT && part >= 0) {
      value = value * 256 + part;
      part = -1;
      dots += 1;
    } else if (code >= ZERO && code <= NINE && part !== 0) {
      part = Math.max(part, 0) * 10 + code - ZERO;
      if (part > 255) return -1;
    } else return -1;
  }
  return dots === 3 && part >= 0 ? value * 256 + part : -1;
}

const [DOT, ZERO, NINE] = [46, 48, 57];
