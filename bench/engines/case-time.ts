/** A run may take this part of a case's budget. */
const LARGEST_PART = 0.3;
/** Of the budget, what each contestant is left for its first run, whatever the ones before took. */
const LEAST_PART = 0.5;

interface CaseTimeOptions {
  readonly limitSeconds: number;
  /** Of the case; null: no limit but that of a run. */
  readonly budgetSeconds: number | null;
  readonly contestants: number;
  /** Seconds. */
  readonly now: () => number;
}

/** Shares a case's budget over the runs. */
export class CaseTime {
  readonly #startedAt: number;
  readonly #now: () => number;
  readonly #limit: number;
  readonly #budget: number | null;
  readonly #least: number;
  #firsts: number;

  constructor({ limitSeconds, budgetSeconds, contestants, now }: CaseTimeOptions) {
    this.#now = now;
    this.#startedAt = now();
    this.#limit = limitSeconds;
    this.#budget = budgetSeconds;
    this.#firsts = contestants;
    this.#least = Math.max(1, ((budgetSeconds ?? 0) * LEAST_PART) / Math.max(1, contestants));
  }

  /** Seconds that the next run may take, or null: there is no time for it. `last`: what this contestant's last run took; null: it is its first. */
  limitOf(last: number | null): number | null {
    if (this.#budget === null) return this.#limit;
    if (last === null) this.#firsts -= 1;
    const left = this.#budget - (this.#now() - this.#startedAt) - this.#firsts * this.#least;
    if (last !== null && left < last * 1.2) return null;
    const most = Math.min(this.#limit, this.#budget * LARGEST_PART);
    return Math.ceil(Math.min(most, Math.max(left, this.#least)));
  }
}
