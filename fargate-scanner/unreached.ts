import type { AddressResult, ShardResult } from '../core/fingerprints/shard-result.ts';
import type { Address } from '../core/net/address.ts';
import type { Log } from '../core/ports/log.ts';
import { unknownSentences } from '../core/scanning/closing-words.ts';
import { type Instant, msBetween } from '../core/time.ts';

/** What this machine lacks on its way to an address. */
const OURS = ['ENETDOWN', 'EADDRNOTAVAIL', 'ENETUNREACH'] as const;
/** What was not looked at for so long is no target any more (ms). */
const FORGOTTEN_MS = 2 * 60 * 60_000;

/** Addresses that this machine has no way to. The log tells it when it begins and when it has ended for all of them, not at every look in between. */
export class Unreached {
  readonly #log: Log;
  /** Address -> when it was last found so. */
  readonly #since = new Map<Address, Instant>();
  /** When the last line was written. */
  #toldAt: Instant | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  note({ results, startedAt, finishedAt }: Pick<ShardResult, 'results' | 'startedAt' | 'finishedAt'>): void {
    // It saw both, before and after.
    if (this.#toldAt !== null && startedAt < this.#toldAt) return;
    for (const [address, at] of this.#since) {
      if (msBetween(at, finishedAt) > FORGOTTEN_MS) this.#since.delete(address);
    }
    const before = this.#since.size;
    const away = results.filter(isAway);
    for (const { address } of results) this.#since.delete(address);
    for (const { address } of away) this.#since.set(address, finishedAt);
    const [reason] = unknownSentences(away);
    if (before === 0 && reason !== undefined) {
      this.#toldAt = finishedAt;
      this.#log.warn('addresses cannot be reached from here; nothing is concluded from their silence', {
        reason,
        at: finishedAt,
      });
    } else if (before > 0 && this.#since.size === 0) {
      this.#toldAt = finishedAt;
      this.#log.warn('addresses are reached again', { at: finishedAt });
    }
  }
}

function isAway({ unknownReasons }: AddressResult): boolean {
  return OURS.some((reason) => reason in unknownReasons);
}
