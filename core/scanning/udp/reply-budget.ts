/** Members of a group at first, and at most. */
const FIRST_SIZE = 8;
const MOST = 128;
/** Milliseconds between groups: where waiting begins, and where it ends. Linux hands out one ICMP error a second for IPv4. */
const FIRST_WAIT_MS = 100;
const MOST_WAIT_MS = 2_000;
/** Together: one group in five finds nothing left, so the pace stays near the host's own. */
const [SOONER, LATER] = [0.9, 1.5];

/**
 * How many ports of one host may be asked at once, and how often, so that its allowance of ICMP errors lasts. Learns from whether the
 * control at the end of each group was still answered.
 */
export class ReplyBudget {
  #size = FIRST_SIZE;
  #waitMs = 0;

  get size(): number {
    return this.#size;
  }

  /** From the start of one group to the start of the next. */
  get waitMs(): number {
    return this.#waitMs;
  }

  /**
   * `controls`: whether all controls were refused; `members`: how many members were. Members that took what a control should have had: fewer
   * of them next time. None that could have: there was nothing to take, so more time.
   */
  learn(controls: boolean, members: number): void {
    if (controls) this.#size = Math.min(MOST, this.#size * 2);
    else if (members > 0) this.#size = Math.max(1, this.#size >> 1);
    if (controls || members > 0) this.#waitMs = this.#waitMs < FIRST_WAIT_MS ? 0 : this.#waitMs * SOONER;
    else this.#waitMs = Math.min(MOST_WAIT_MS, Math.max(FIRST_WAIT_MS, this.#waitMs * LATER));
  }
}
