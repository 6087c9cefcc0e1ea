import { burstOf, type TokenSource } from './pacing.ts';

/** What a bucket is made of. It may be posted to another thread, which then takes from the same tokens. */
export interface BucketState {
  /** Tokens a second. */
  readonly rate: number;
  /** When the bucket was made, milliseconds of a monotonic clock that all threads share. */
  readonly madeAt: number;
  /** Tokens taken so far, modulo 2^32; starts `burst` below zero. */
  readonly taken: Int32Array;
}

/** A bucket as full as one of `TokenBucket`: 50 ms worth, at least one. */
export function makeBucket(rate: number, now: number): BucketState {
  const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  taken[0] = -wholeBurst(rate);
  return { rate, madeAt: now, taken };
}

/**
 * Tokens that several threads take from. Whoever finds a token and takes it does so in two steps, so that n threads may take n - 1 tokens
 * that are not there yet; those are missing afterwards, and the rate is kept.
 */
export class SharedBucket implements TokenSource {
  readonly #state: BucketState;
  readonly #burst: number;

  constructor(state: BucketState) {
    this.#state = state;
    this.#burst = wholeBurst(state.rate);
  }

  available(now: number): number {
    const { rate, madeAt, taken } = this.#state;
    const made = Math.floor(((now - madeAt) * rate) / 1_000) | 0;
    for (;;) {
      const before = Atomics.load(taken, 0);
      const saved = (made - before) | 0;
      if (saved <= this.#burst) return saved;
      // Tokens above the burst are lost: as if somebody had taken them.
      if (Atomics.compareExchange(taken, 0, before, (made - this.#burst) | 0) === before) return this.#burst;
    }
  }

  take(): void {
    Atomics.add(this.#state.taken, 0, 1);
  }
}

function wholeBurst(rate: number): number {
  return Math.floor(burstOf(rate));
}
