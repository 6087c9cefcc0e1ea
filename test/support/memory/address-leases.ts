import type { AddressLeases } from '../../../core/ports/address-leases.ts';
import type { Instant } from '../../../core/time.ts';

export class MemoryAddressLeases implements AddressLeases {
  readonly #held = new Map<string, { owner: string; until: Instant }>();

  async take(addresses: readonly string[], owner: string, now: Instant, until: Instant): Promise<boolean> {
    const others = addresses.some((address) => {
      const held = this.#held.get(address);
      return held !== undefined && held.owner !== owner && held.until > now;
    });
    if (!others) for (const address of addresses) this.#held.set(address, { owner, until });
    return !others;
  }

  async release(addresses: readonly string[], owner: string): Promise<void> {
    for (const address of addresses) if (this.#held.get(address)?.owner === owner) this.#held.delete(address);
  }
}
