import { type Address, isIPv6 } from '../../../core/net/address.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { GUARDED_PORTS } from '../../../core/scanning/open-guard.ts';
import { orderOf } from '../../../core/scanning/permutation.ts';
import type { ScanJob, ScanTarget } from '../engine.ts';
import type { There } from './reach.ts';

/** Linux takes arguments of up to 128 KiB. */
const LONGEST_TEXT = 100_000;
/** Their text is shorter than that however they lie. */
const MOST_PORTS = 16_384;

/** The same ports of some addresses of one family: what one start of the other scanner can look at. */
export interface Batch {
  readonly addresses: readonly Address[];
  readonly ports: PortSet;
  /** Most probes a second, all addresses together. */
  readonly rate: number;
  readonly there: There;
}

/** A target, and how the program gets there. */
export interface Reached extends ScanTarget {
  readonly there: There;
}

/** How much one start is given: it tells what it found at its end, or loses it. */
export interface BatchLimits {
  readonly addresses: number;
  /** Seconds of probes at the rate of the batch. */
  readonly seconds: number;
  /** Ports of a long list, picked at random, that the first start is for: whether everything answers is known before the rest is asked. 0: it need not be. */
  readonly sample: number;
}

/**
 * What is asked, in the order of the targets. Addresses with a rate of their own share a start only with others of that rate, and all of a
 * start together keep to it: so no order in which the program visits them exceeds it at one of them.
 */
export function batchesOf(
  targets: readonly Reached[],
  { rate: most, seed }: Pick<ScanJob, 'rate' | 'seed'>,
  limits: BatchLimits,
): Batch[] {
  const alike = Map.groupBy(
    targets,
    ({ address, ports, rate, there }) => `${isIPv6(address)} ${rate} ${there.options.join(' ')} ${ports.toString()}`,
  );
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const rate = Math.max(1, Math.min(most, first.rate ?? most));
    const longest = first.ports.toString().length > LONGEST_TEXT ? MOST_PORTS : Infinity;
    return slices(
      group.map(({ address }) => address),
      limits.addresses,
    ).flatMap((addresses) => {
      const ports = Math.ceil((rate * limits.seconds) / addresses.length);
      const [sample, rest] = sampled([...first.ports], limits.sample, seed);
      return [...sample, ...slices(rest, Math.min(longest, ports))].map((part) => ({
        addresses,
        ports: PortSet.from(part),
        rate,
        there: first.there,
      }));
    });
  });
}

export function probesOf({ addresses, ports }: Batch, { tries }: Pick<ScanJob, 'tries'>): number {
  return addresses.length * ports.size * tries;
}

/** The sample of a long list, and what is left; no sample of a short one. */
function sampled(all: readonly number[], size: number, seed: number): [sample: number[][], rest: readonly number[]] {
  if (size === 0 || all.length < GUARDED_PORTS) return [[], all];
  const sample = new Set([...orderOf(all.length, seed).subarray(0, size)].map((index) => all[index] ?? 0));
  return [[[...sample]], all.filter((port) => !sample.has(port))];
}

/** `all` is not empty; `most` may be infinite. */
function slices<T>(all: readonly T[], most: number): T[][] {
  const length = Math.min(most, all.length);
  return Array.from({ length: Math.ceil(all.length / length) }, (_, i) => all.slice(i * length, (i + 1) * length));
}
