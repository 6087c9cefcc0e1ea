import type { Address } from '../../../core/net/address.ts';
import { GUARDED_PORTS } from '../../../core/scanning/open-guard.ts';
import type { ScanTarget } from '../engine.ts';

/** More open ports than this, and than this part of those asked for: no host has so many services. */
const MANY_OPEN = 50;
const OPEN_PART = 0.1;

/**
 * Notices hosts that claim every port is open, by what a program found so far of what it was asked for. A program that tells of a host at its end
 * has to be asked for a few ports picked at random first.
 */
export class Decoys {
  readonly #counts: ReadonlyMap<Address, { asked: number; open: number }>;

  constructor(targets: readonly ScanTarget[]) {
    // Fewer ports are a chosen list, where many open ones prove nothing.
    const long = targets.filter(({ ports }) => ports.size >= GUARDED_PORTS);
    this.#counts = new Map(long.map(({ address }) => [address, { asked: 0, open: 0 }]));
  }

  /** A program is started for so many ports of the address that it was not asked for before. */
  asked(address: Address, ports: number): void {
    const counts = this.#counts.get(address);
    if (counts !== undefined) counts.asked += ports;
  }

  /** So many more ports are open. Why the address is to be left alone; null: it is not. */
  sawOpen(address: Address, ports: number): string | null {
    const counts = this.#counts.get(address);
    if (counts === undefined) return null;
    counts.open += ports;
    const { asked, open } = counts;
    return open > MANY_OPEN && open > asked * OPEN_PART ? `everything-open: ${open} of ${asked} ports` : null;
  }
}
