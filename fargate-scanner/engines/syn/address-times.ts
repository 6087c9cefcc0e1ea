import type { Address } from '../../../core/net/address.ts';
import type { ScanTarget } from '../engine.ts';

const AT_FIRST = 1_024;
/** Addresses with a rate that may be scanned at once: 32 MiB of address space, used as needed. */
const MOST = 4 * 1024 * 1024;
const BYTES = Float64Array.BYTES_PER_ELEMENT;

/**
 * For each address being scanned the time up to which its rate is used, in memory that all threads share: two jobs on one address do
 * not double its rate.
 */
export class AddressTimes {
  readonly #memory = new SharedArrayBuffer(AT_FIRST * BYTES, { maxByteLength: MOST * BYTES });
  readonly all = new Float64Array(this.#memory);
  readonly #inUse = new Map<Address, { readonly slot: number; jobs: number }>();
  readonly #free: number[] = [];
  #slots = 0;

  /** @throws RangeError when more than 4,194,304 addresses are scanned at once. */
  take({ address, rate }: ScanTarget): number {
    if (rate === null) return 0;
    const known = this.#inUse.get(address);
    if (known !== undefined) {
      known.jobs += 1;
      return known.slot;
    }
    const slot = this.#free.pop() ?? this.#another();
    this.all[slot] = 0;
    this.#inUse.set(address, { slot, jobs: 1 });
    return slot;
  }

  #another(): number {
    const bytes = this.#memory.byteLength;
    if ((this.#slots + 1) * BYTES > bytes) this.#memory.grow(Math.min(bytes * 2, MOST * BYTES));
    if (this.#slots >= MOST) throw new RangeError(`at most ${MOST} addresses are scanned at once`);
    this.#slots += 1;
    return this.#slots - 1;
  }

  giveBack(targets: readonly ScanTarget[]): void {
    for (const { address, rate } of targets) {
      const known = this.#inUse.get(address);
      if (rate === null || known === undefined) continue;
      known.jobs -= 1;
      if (known.jobs > 0) continue;
      this.#inUse.delete(address);
      this.#free.push(known.slot);
    }
  }
}
