import type { Address } from '../net/address.ts';
import { networkOf } from '../net/network-of.ts';

/** An answer this late came to a repeated SYN (Linux repeats after 1.0 s) when the quickest answers of the network take less than half of it. */
export const REPEATED_MS = 900;
export const QUICK_MS = 450;
/** When Linux sends the second SYN, and the least time that its answer has to come. */
const SECOND_SYN_MS = 1_000;
const LEAST_MS = 1_250;
/** Linux sends it up to 80 ms late: its timers of a second go off at the next eighth tick (HZ=100), 64th (HZ=1000). The G of RFC 6298. */
const GRANULARITY_MS = 100;
/**
 * First SYNs answered in a row before a network counts as losing nothing: then less than 3 % of the round trips are lost (95 % sure: rule of three),
 * and both SYNs of a probe less than once in 1,100.
 */
const CLEAN = 100;

/** Round trips of one network (RFC 6298), of first SYNs only: whether a late answer is to the first or the second cannot be told (Karn). */
class RoundTrip {
  #smoothed = 0;
  #variation = 0;
  #quickest = Infinity;
  #clean = 0;

  heard(rttMs: number): void {
    this.#quickest = Math.min(this.#quickest, rttMs);
    if (rttMs >= REPEATED_MS) {
      this.#clean = 0;
      return;
    }
    if (this.#clean === 0) [this.#smoothed, this.#variation] = [rttMs, rttMs / 2];
    else {
      this.#variation += (Math.abs(this.#smoothed - rttMs) - this.#variation) / 4;
      this.#smoothed += (rttMs - this.#smoothed) / 8;
    }
    this.#clean += 1;
  }

  limit(most: number): number {
    if (this.#clean < CLEAN || this.#quickest >= QUICK_MS) return most;
    const measured = SECOND_SYN_MS + this.#smoothed + Math.max(GRANULARITY_MS, 4 * this.#variation);
    return Math.min(most, Math.max(LEAST_MS, measured));
  }
}

/**
 * How long the probes of each network are waited for. The whole time limit of the job, until a hundred answers in a row have come to first SYNs:
 * then two SYNs are waited for, 1,000 ms and a round trip (srtt + 4 rttvar, at least 100 ms of it for late timers), never less than 1,250 ms and never more than the job's limit.
 */
export class RoundTrips {
  readonly #most: number;
  /** Of each target; nothing where there is nothing to gain. */
  readonly #of: RoundTrip[] = [];

  /** `addresses`: of the targets. */
  constructor(addresses: readonly Address[], timeoutMs: number) {
    this.#most = timeoutMs;
    if (timeoutMs <= LEAST_MS) return;
    const networks = new Map<string, RoundTrip>();
    for (const name of addresses.map(networkOf)) {
      const known = networks.get(name) ?? new RoundTrip();
      networks.set(name, known);
      this.#of.push(known);
    }
  }

  heard(target: number, rttMs: number): void {
    this.#of[target]?.heard(rttMs);
  }

  limit(target: number): number {
    return this.#of[target]?.limit(this.#most) ?? this.#most;
  }

  /** The least limit there can be. */
  get least(): number {
    return Math.min(this.#most, LEAST_MS);
  }
}
