/** Suspicious: more than 50 open of the first 500 random ports, or more than 20 % of any 1,000. No host has so many services. */
const SAMPLE = 500;
const SAMPLE_OPEN = 50;
const WINDOW = 1_000;
const WINDOW_OPEN = 200;
/** Then the next five random ports decide: four open ones mean that everything answers. */
const CHECK = 5;
const CHECK_OPEN = 4;

/** Fewer ports than this are a chosen list, where many open ones prove nothing. */
export const GUARDED_PORTS = SAMPLE;

/**
 * Notices a host that claims every port is open (a decoy, a SYN proxy). Counts by launch order, not by answer order: open ports
 * answer at once and silent ones after the time limit, so the first answers of a filtered host would all be open ones.
 */
export class OpenGuard {
  #launches = 0;
  #sampleOpen = 0;
  #opened = 0;
  readonly #windows = new Map<number, number>();
  #tripped: { at: number; open: number } | null = null;

  get launches(): number {
    return this.#launches;
  }

  get opened(): number {
    return this.#opened;
  }

  /** Counts a launch and returns its sequence number, for `sawOpen`. */
  launch(): number {
    this.#launches += 1;
    return this.#launches - 1;
  }

  /** The probe with this sequence number found an open port. True: everything answers, stop this host. */
  sawOpen(sequence: number): boolean {
    this.#opened += 1;
    const window = Math.floor(sequence / WINDOW);
    const inWindow = (this.#windows.get(window) ?? 0) + 1;
    this.#windows.set(window, inWindow);
    if (sequence < SAMPLE) this.#sampleOpen += 1;
    if (this.#tripped !== null) {
      if (sequence < this.#tripped.at) return false;
      if (sequence < this.#tripped.at + CHECK) {
        this.#tripped.open += 1;
        return this.#tripped.open >= CHECK_OPEN;
      }
      if (sequence < this.#tripped.at + WINDOW) return false;
    }
    if ((sequence < SAMPLE && this.#sampleOpen > SAMPLE_OPEN) || inWindow > WINDOW_OPEN) {
      this.#tripped = { at: this.#launches, open: 0 };
    }
    return false;
  }
}
