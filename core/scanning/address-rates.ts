import type { Address } from '../net/address.ts';

interface Limited {
  readonly address: Address;
  readonly rate: number | null;
}

/** One bucket of tokens for each address being scanned, so that two jobs on one address do not double its rate. */
export class AddressRates<Bucket> {
  readonly #make: (rate: number) => Bucket;
  readonly #inUse = new Map<Address, { readonly bucket: Bucket; jobs: number }>();

  /** `make`: a bucket of so many probes a second. */
  constructor(make: (rate: number) => Bucket) {
    this.#make = make;
  }

  /** Null: the address has no rate of its own. */
  take({ address, rate }: Limited): Bucket | null {
    if (rate === null) return null;
    const known = this.#inUse.get(address) ?? { bucket: this.#make(rate), jobs: 0 };
    known.jobs += 1;
    this.#inUse.set(address, known);
    return known.bucket;
  }

  giveBack({ address, rate }: Limited): void {
    const known = this.#inUse.get(address);
    if (rate === null || known === undefined) return;
    known.jobs -= 1;
    if (known.jobs === 0) this.#inUse.delete(address);
  }
}
