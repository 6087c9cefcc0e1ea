import type { OwnerRule } from '../config/settings.ts';
import type { Address } from '../net/address.ts';
import { AddressSet } from '../net/address-set.ts';

export interface Owner {
  readonly owner: string;
  readonly email: string | null;
}

/** Who owns which addresses. The narrowest matching rule wins; of equally narrow ones the first listed. */
export class OwnerDirectory {
  readonly #rules: readonly { addresses: AddressSet; owner: Owner }[];

  /** @throws BadInput when a `match` is not an address, network or range. */
  constructor(rules: readonly OwnerRule[]) {
    this.#rules = rules
      .map(({ match, owner, email }) => ({ addresses: AddressSet.parse(match), owner: { owner, email } }))
      .sort((a, b) => Number(a.addresses.size > b.addresses.size) - Number(a.addresses.size < b.addresses.size));
  }

  ownerOf(address: Address): Owner | null {
    return this.#rules.find(({ addresses }) => addresses.has(address))?.owner ?? null;
  }
}
