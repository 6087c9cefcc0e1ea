import type { Address } from '../net/address.ts';

/** Of the rate to one address, for whoever leases it. */
const OWNER_PART = 0.8;
/** Pairs of one address in a shard that is small: the high-risk list is 115. */
const SMALL_PROBES = 512;
/** A shard that would take longer with the rate of small ones leases its addresses. */
const SMALL_SECONDS = 120;

/** Probes a second to one address. The owner's and those of all scanners' small shards together are the whole rate (decision 46). */
export interface RateParts {
  /** Of the one shard that leases the address. */
  readonly owner: number;
  /** Of all small shards of one scanner. */
  readonly small: number;
}

/** `scanners`: how many may run at once. */
export function addressRatesOf(rate: number, scanners: number): RateParts {
  const owner = rate * OWNER_PART;
  return { owner, small: (rate - owner) / scanners };
}

/** May a shard with so many probes to one address go without a lease? */
export function isSmall(probes: number, { small }: RateParts): boolean {
  return probes <= Math.min(SMALL_PROBES, (small / 2) * SMALL_SECONDS);
}

/** Probes a second to one address for a shard that comes alone. */
export function rateAlone(probes: number, rates: RateParts): number {
  return isSmall(probes, rates) ? rates.small / 2 : rates.owner;
}

interface Share {
  readonly rate: number;
  jobs: number;
}

/**
 * Shares out the rate of one scanner's small shards at each address. An engine keeps all its jobs at one address below the highest of their
 * rates, so each engine has one share, for as long as it has a job there: half of what no other engine has.
 */
export class SmallShares {
  readonly #rate: number;
  readonly #shares = new Map<Address, Map<object, Share>>();

  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Probes a second for a job of `engine` at this address until `giveBack`. */
  take(engine: object, address: Address): number {
    const here = this.#shares.get(address) ?? new Map<object, Share>();
    this.#shares.set(address, here);
    const known = here.get(engine);
    if (known !== undefined) {
      known.jobs += 1;
      return known.rate;
    }
    const given = [...here.values()].reduce((sum, { rate }) => sum + rate, 0);
    const share = { rate: (this.#rate - given) / 2, jobs: 1 };
    here.set(engine, share);
    return share.rate;
  }

  giveBack(engine: object, address: Address): void {
    const here = this.#shares.get(address);
    const share = here?.get(engine);
    if (here === undefined || share === undefined) return;
    share.jobs -= 1;
    if (share.jobs > 0) return;
    here.delete(engine);
    if (here.size === 0) this.#shares.delete(address);
  }
}
