import type { Address } from '../net/address.ts';
import { TokenBucket } from './pacing.ts';

interface Limited {
  readonly address: Address;
  readonly rate: number | null;
}

/** One token bucket for each address being scanned, so that two jobs on one address do not double its rate. */
export class AddressRates {
  readonly #inUse = new Map<Address, { readonly bucket: TokenBucket; jobs: number }>();

  /** Null: the address has no rate of its own. */
  take({ address, rate }: Limited, now: number): TokenBucket | null {
    if (rate === null) return null;
    const known = this.#inUse.get(address) ?? { bucket: new TokenBucket(rate, now), jobs: 0 };
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
