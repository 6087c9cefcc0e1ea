import type { PrefixList, SecurityGroupRule } from '../../../core/cloud/network.ts';
import { parseAddressRange } from '../../../core/net/address-range.ts';
import type { Interval } from '../../../core/net/intervals.ts';
import type { Ports } from '../corpus/world.ts';

/**
 * Traffic in cells that every rule treats as one: protocol x ports x sources. Slow and plain on purpose: this is what the tools are judged by,
 * so it shares nothing with the evaluator, the planner or its proof.
 */
export interface Cell {
  readonly protocol: string;
  /** null: the protocol has no ports. */
  readonly ports: Ports | null;
  readonly source: SourceCell;
}

/** A run of addresses, or what is known by name only: a group, a list that AWS keeps. */
export type SourceCell =
  | { readonly kind: 'v4' | 'v6'; readonly from: bigint; readonly to: bigint }
  | { readonly kind: 'named'; readonly name: string };

/** What lets traffic in: a rule with its list looked up. */
export interface Opening {
  readonly protocol: string;
  readonly ports: Ports | null;
  readonly sources: readonly SourceCell[];
  /** As a person would name it. */
  readonly text: string;
}

/** Numbers beside tcp, udp and ICMP that people use: GRE, ESP, AH, SCTP. The others are not counted: EC2 cannot say "all but tcp 22". */
const OTHER_PROTOCOLS = ['icmp', 'icmpv6', '47', '50', '51', '132'];
const LAST_PORT = 65_535;
const LAST_ADDRESS = { v4: (1n << 32n) - 1n, v6: (1n << 128n) - 1n };

export function sourceOf(cidr: string): SourceCell {
  const { family, interval } = parseAddressRange(cidr);
  return { kind: family, from: interval[0], to: interval[1] };
}

export function openingOf(rule: SecurityGroupRule, lists: readonly PrefixList[]): Opening {
  const { protocol, fromPort, toPort, source } = rule;
  const hasPorts = protocol === 'tcp' || protocol === 'udp';
  return {
    protocol,
    ports: hasPorts ? [fromPort ?? 0, toPort ?? LAST_PORT] : null,
    sources: sourcesOf(source, lists),
    text: 'cidr' in source ? source.cidr : source.id,
  };
}

function sourcesOf(source: SecurityGroupRule['source'], lists: readonly PrefixList[]): SourceCell[] {
  if ('cidr' in source) return [sourceOf(source.cidr)];
  const list = lists.find(({ id }) => id === source.id);
  if (list === undefined || list.ownerId === 'AWS') return [{ kind: 'named', name: source.id }];
  return list.entries.map(({ cidr }) => sourceOf(cidr));
}

export function admits(opening: Opening, cell: Cell): boolean {
  return (
    (opening.protocol === '-1' || opening.protocol === cell.protocol) &&
    (opening.ports === null || cell.ports === null || isWithin(cell.ports, opening.ports)) &&
    opening.sources.some((source) => includes(source, cell.source))
  );
}

const isWithin = ([from, to]: Ports, [first, last]: Ports): boolean => first <= from && to <= last;

export function includes(outer: SourceCell, inner: SourceCell): boolean {
  if (outer.kind === 'named' || inner.kind === 'named') {
    return outer.kind === 'named' && inner.kind === 'named' && outer.name === inner.name;
  }
  return outer.kind === inner.kind && outer.from <= inner.from && inner.to <= outer.to;
}

/** All cells of some openings; `marks` are addresses that cut too. */
export function cellsOf(openings: readonly Opening[], port: number, marks: readonly SourceCell[]): Cell[] {
  const sources = sourceCells([...openings.flatMap((each) => each.sources), ...marks]);
  const ports = portCells([...openings.flatMap(({ ports: each }) => (each === null ? [] : [each])), [port, port]]);
  const withPorts = ['tcp', 'udp'].flatMap((protocol) => ports.map((each) => ({ protocol, ports: each })));
  const without = OTHER_PROTOCOLS.map((protocol) => ({ protocol, ports: null }));
  const all = [...withPorts, ...without].flatMap((traffic) => sources.map((source) => ({ ...traffic, source })));
  // ICMP exists in IPv4 only, ICMPv6 in IPv6 only.
  return all.filter(
    ({ protocol, source }) => source.kind !== (protocol === 'icmp' ? 'v6' : protocol === 'icmpv6' ? 'v4' : ''),
  );
}

function portCells(ranges: readonly Ports[]): Ports[] {
  const starts = new Set([0, ...ranges.flatMap(([from, to]) => [from, to + 1])]);
  const sorted = [...starts].filter((start) => start <= LAST_PORT).sort((a, b) => a - b);
  return sorted.map((start, i) => [start, (sorted[i + 1] ?? LAST_PORT + 1) - 1]);
}

function sourceCells(sources: readonly SourceCell[]): SourceCell[] {
  const names = new Set(sources.flatMap((each) => (each.kind === 'named' ? [each.name] : [])));
  const families = (['v4', 'v6'] as const).flatMap((kind) => {
    const intervals = sources.flatMap((each) => (each.kind === kind ? [[each.from, each.to] as const] : []));
    return intervalCells(intervals, LAST_ADDRESS[kind]).map(([from, to]): SourceCell => ({ kind, from, to }));
  });
  return [...families, ...[...names].map((name): SourceCell => ({ kind: 'named', name }))];
}

function intervalCells(intervals: readonly Interval[], last: bigint): Interval[] {
  if (intervals.length === 0) return [];
  const starts = new Set([0n, ...intervals.flatMap(([from, to]) => [from, to + 1n])]);
  const sorted = [...starts].filter((start) => start <= last).sort((a, b) => (a < b ? -1 : 1));
  return sorted.map((start, i) => [start, (sorted[i + 1] ?? last + 1n) - 1n]);
}
