import { QUICK_MS, REPEATED_MS } from '../../../core/scanning/round-trips.ts';

const WINDOW_MS = 1_000;
const FEWEST_ANSWERS = 20;
const TOO_MUCH = 0.02;

/** Notices lost first SYNs by the time their answers took. */
export class LossWatch {
  #quickest = Infinity;
  #answers = 0;
  #repeated = 0;
  #windowAt: number;

  constructor(now: number) {
    this.#windowAt = now;
  }

  heard(rttMs: number): void {
    this.#answers += 1;
    if (rttMs < this.#quickest) this.#quickest = rttMs;
    if (rttMs >= REPEATED_MS && this.#quickest < QUICK_MS) this.#repeated += 1;
  }

  /** Once a second of at least 20 answers: true when more than 2 % of them came only to the second SYN. */
  tick(now: number): boolean {
    if (now - this.#windowAt < WINDOW_MS || this.#answers < FEWEST_ANSWERS) return false;
    const tooMuch = this.#repeated / this.#answers > TOO_MUCH;
    this.#windowAt = now;
    this.#answers = 0;
    this.#repeated = 0;
    return tooMuch;
  }
}
