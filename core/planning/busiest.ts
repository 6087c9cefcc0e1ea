import type { Address } from '../net/address.ts';
import type { PortSet } from '../net/port-set.ts';

/** What the most probed address of a scan takes: where this is longest, no rate of the whole makes it shorter. */
export interface Busiest {
  /** Probes a second to it. */
  readonly rate: number;
  readonly probes: number;
}

/** The address that takes longest. Null where none has a rate of its own. `rateTo`: null for addresses of this machine. */
export function busiestOf(
  work: ReadonlyMap<Address, PortSet>,
  tries: number,
  rateTo: (address: Address, probes: number) => number | null,
): Busiest | null {
  let longest: Busiest | null = null;
  for (const [address, { size }] of work) {
    const probes = size * tries;
    const rate = rateTo(address, probes);
    if (rate !== null && msOf({ rate, probes }) > (longest === null ? 0 : msOf(longest))) longest = { rate, probes };
  }
  return longest;
}

export function msOf({ rate, probes }: Busiest): number {
  return (probes * 1_000) / rate;
}
