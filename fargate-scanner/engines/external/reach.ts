import type { Address } from '../../../core/net/address.ts';

/** How a program's packets get to an address. */
export interface There {
  readonly kind: 'there';
  /** What the program must be told for it. Addresses with the same options share a start. */
  readonly options: readonly string[];
  /** On a link of this machine, where answers come at once. */
  readonly near: boolean;
}

/** `refused`: this program cannot look at the address; `why` is for people. `failed`: nothing can leave for it, for that reason (the errno's name). */
export type Reach =
  | There
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly reason: string };

export type ReachOf = (address: Address) => Reach;

/** Of a program that finds its way by itself. */
export const BY_ITSELF: There = { kind: 'there', options: [], near: false };
