import type { Address } from '../../../core/net/address.ts';
import type { PortRange } from '../../../core/net/port-set.ts';
import type { BucketState } from '../../../core/scanning/shared-bucket.ts';

/** A list of ports at least this long is divided among the threads; a shorter one stays in one. */
const LONG_LIST = 4_096;

/** An address of a sweep. */
export interface SweepTarget {
  readonly address: Address;
  readonly ranges: readonly PortRange[];
  /** The address's own rate, shared with other sweeps; null when it has none. */
  readonly bucket: BucketState | null;
  /** Of this machine: one sweep must know all connections to it, as two of them may meet. */
  readonly own: boolean;
}

/** What one sweep does of a target: every `of`-th port, from the `part`-th on. */
export interface SweepPart extends SweepTarget {
  /** Its number among the targets of the job. */
  readonly target: number;
  readonly part: number;
  readonly of: number;
}

/** The targets among `sweeps` sweeps, each with about as many ports as the others: every port of every target in exactly one of them. */
export function divide(targets: readonly SweepTarget[], sweeps: number): SweepPart[][] {
  const shares = Array.from({ length: sweeps }, () => ({ parts: [] as SweepPart[], ports: 0 }));
  for (const [number, target] of targets.entries()) {
    const size = sizeOf(target.ranges);
    if (sweeps > 1 && size >= LONG_LIST && !target.own) {
      for (const [part, share] of shares.entries()) share.parts.push({ ...target, target: number, part, of: sweeps });
      continue;
    }
    const least = shares.reduce((a, b) => (b.ports < a.ports ? b : a));
    least.parts.push({ ...target, target: number, part: 0, of: 1 });
    least.ports += size;
  }
  return shares.map(({ parts }) => parts);
}

/** The ports of a part, ascending. Faster than iterating over a set, which matters for 65,535 of them. */
export function portsOf({ ranges, part, of }: Pick<SweepPart, 'ranges' | 'part' | 'of'>): Uint16Array {
  const list = new Uint16Array(Math.ceil((sizeOf(ranges) - part) / of));
  let [at, next] = [0, part];
  for (const [from, to] of ranges) {
    const size = to - from + 1;
    for (; next < size; next += of) list[at++] = from + next;
    next -= size;
  }
  return list;
}

function sizeOf(ranges: readonly PortRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}
