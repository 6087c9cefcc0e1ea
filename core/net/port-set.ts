import { BadInput } from '../errors.ts';

/** Inclusive range of port numbers. */
export type PortRange = readonly [from: number, to: number];

const MAX_PORT = 65_535;
/** What may be written for ports, for messages. */
export const PORT_SHAPES = 'write a number 1-65535, a range such as 8000-8100, or a list name (high-risk, all).';

/**
 * An immutable set of ports 0-65535 as sorted, disjoint, non-adjacent inclusive ranges.
 * Its text form is `22,80,8000-8100`; the empty set is the empty string.
 */
export class PortSet {
  static readonly EMPTY = new PortSet([]);
  /** 1-65535: what a full scan covers. Port 0 cannot be connected to. */
  static readonly ALL = new PortSet([[1, MAX_PORT]]);

  readonly ranges: readonly PortRange[];

  private constructor(ranges: readonly PortRange[]) {
    this.ranges = ranges;
  }

  static fromRanges(ranges: Iterable<PortRange>): PortSet {
    const input = [...ranges].sort((a, b) => a[0] - b[0]);
    const out: [number, number][] = [];
    for (const [from, to] of input) {
      if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > MAX_PORT || from > to) {
        throw new BadInput(`Port range ${from}-${to} is not valid: ports are 0 to 65535 and a range goes upwards.`);
      }
      const last = out.at(-1);
      if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
      else out.push([from, to]);
    }
    return out.length === 0 ? PortSet.EMPTY : new PortSet(out);
  }

  static of(...ports: readonly number[]): PortSet {
    return PortSet.from(ports);
  }

  static from(ports: Iterable<number>): PortSet {
    const list: PortRange[] = [];
    for (const port of ports) list.push([port, port]);
    return PortSet.fromRanges(list);
  }

  /** Reads the text form back (`22,80,8000-8100`, or empty). Names such as `high-risk` are resolved by `parsePorts`. */
  static parse(text: string): PortSet {
    if (text.trim() === '') return PortSet.EMPTY;
    return PortSet.fromRanges(text.split(',').map((part) => parseRange(part.trim())));
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  get size(): number {
    return this.ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  }

  has(port: number): boolean {
    let low = 0;
    let high = this.ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [from, to] = this.ranges[middle] as PortRange;
      if (port < from) high = middle - 1;
      else if (port > to) low = middle + 1;
      else return true;
    }
    return false;
  }

  union(other: PortSet): PortSet {
    if (other.isEmpty) return this;
    if (this.isEmpty) return other;
    return PortSet.fromRanges([...this.ranges, ...other.ranges]);
  }

  intersect(other: PortSet): PortSet {
    const out: PortRange[] = [];
    let i = 0;
    let j = 0;
    while (i < this.ranges.length && j < other.ranges.length) {
      const a = this.ranges[i] as PortRange;
      const b = other.ranges[j] as PortRange;
      const from = Math.max(a[0], b[0]);
      const to = Math.min(a[1], b[1]);
      if (from <= to) out.push([from, to]);
      if (a[1] < b[1]) i += 1;
      else j += 1;
    }
    return PortSet.fromRanges(out);
  }

  subtract(other: PortSet): PortSet {
    if (this.isEmpty || other.isEmpty) return this;
    const out: PortRange[] = [];
    let j = 0;
    for (const [from, to] of this.ranges) {
      let start = from;
      while (j < other.ranges.length && (other.ranges[j] as PortRange)[1] < start) j += 1;
      for (let k = j; k < other.ranges.length && (other.ranges[k] as PortRange)[0] <= to; k += 1) {
        const [cutFrom, cutTo] = other.ranges[k] as PortRange;
        if (cutFrom > start) out.push([start, cutFrom - 1]);
        start = Math.max(start, cutTo + 1);
      }
      if (start <= to) out.push([start, to]);
    }
    return PortSet.fromRanges(out);
  }

  equals(other: PortSet): boolean {
    return this.toString() === other.toString();
  }

  /** Every port, ascending. */
  *[Symbol.iterator](): Generator<number> {
    for (const [from, to] of this.ranges) for (let port = from; port <= to; port += 1) yield port;
  }

  toString(): string {
    return this.ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
  }

  toJSON(): string {
    return this.toString();
  }
}

function parseRange(part: string): PortRange {
  const match = /^(\d{1,7})(?:\s*-\s*(\d{1,7}))?$/.exec(part);
  if (!match) throw new BadInput(`"${part}" is not a port: ${PORT_SHAPES}`);
  const from = Number(match[1]);
  const to = match[2] === undefined ? from : Number(match[2]);
  for (const port of [from, to]) {
    if (port > MAX_PORT) throw new BadInput(`Port ${port} does not exist: ports are 1 to 65535.`);
  }
  if (from > to) throw new BadInput(`Port range ${part} is reversed: write ${to}-${from}.`);
  return [from, to];
}
