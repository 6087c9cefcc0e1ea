import type { Address } from '../net/address.ts';
import type { Instant } from '../time.ts';

/** Which scanner sweeps which addresses: at most one each, on whatever machine it runs. */
export interface AddressLeases {
  /**
   * Takes every one of the addresses for `owner` until `until`, or none of them: false when somebody else has one. The same owner may take
   * them again, for longer. Two that ask for several addresses at once may both get none.
   */
  take(addresses: readonly Address[], owner: string, now: Instant, until: Instant): Promise<boolean>;
  /** Gives back what `owner` has of them. */
  release(addresses: readonly Address[], owner: string): Promise<void>;
}
