import { type BucketState, makeBucket } from '../../../core/scanning/shared-bucket.ts';
import type { ScanTarget } from '../engine.ts';
import { clock } from './clock.ts';

/** One token bucket for each address being scanned, so that two jobs on one address, or two threads, do not double its rate. */
export class AddressRates {
  readonly #inUse = new Map<string, { bucket: BucketState; jobs: number }>();

  take({ address, rate }: ScanTarget): BucketState | null {
    if (rate === null) return null;
    const known = this.#inUse.get(address) ?? { bucket: makeBucket(rate, clock()), jobs: 0 };
    known.jobs += 1;
    this.#inUse.set(address, known);
    return known.bucket;
  }

  giveBack({ address, rate }: ScanTarget): void {
    const known = this.#inUse.get(address);
    if (rate === null || known === undefined) return;
    known.jobs -= 1;
    if (known.jobs === 0) this.#inUse.delete(address);
  }
}
