import type { Address } from '../../../core/net/address.ts';

/**
 * Called once for each dial that was not abandoned. `code`: null for a finished handshake, else an errno name or `self-connect`. `from`: the port
 * it came from, when it was accepted and comes from the very address it goes to; else null.
 */
export type Answered = (slot: number, code: string | null, from: number | null) => void;

/**
 * Opens TCP connections and says how they ended. It keeps no timers: whoever dials abandons what takes too long.
 * A finished handshake is closed with RST at once, so that no TIME_WAIT is left on either side.
 */
export interface Dialer {
  /** How it dials, for logs. */
  readonly name: string;
  /** Starts one connection from a fresh source port. Returns null, or the errno name when it could not even start (then `answered` is not called). */
  dial(slot: number, address: Address, port: number): string | null;
  /** Forgets the connection of a slot; its answer is not reported any more. */
  abandon(slot: number): void;
  /** Frees everything that is kept between dials. */
  close(): void;
}

export type MakeDialer = (answered: Answered) => Dialer;
