import { CREDIT } from '../messages.ts';

/** Tokens saved up at most: this much time of the pace (ms). */
const SAVED_MS = 20;
/** Of the asked rate, the slowest a lossy network makes us. */
const SLOWEST = 1 / 64;
/** Recovery in one step, at most one in so many ms. */
const RECOVERY = 1.25;
const RECOVERY_MS = 150;
/** More loss than this is a reason to slow down; less is cured by more passes. Chance alone exceeds it in a cohort of 64 once in 10,000 when a tenth is lost. */
const TOLERATED = 0.25;
/** Slower steps after which loss that is still there is the network's own, whatever we do. */
const STEPS = 3;
const STILL_THERE = 0.7;

/** How many probes may leave now: the asked rate, lowered while loss grows, and the credit of tokens that other jobs take from too. */
export class Pace {
  readonly #rate: number;
  readonly #control: Int32Array;
  readonly #shared: boolean;
  #pace: number;
  #tokens = 1;
  #at: number;
  #changedAt: number;
  #tolerated = TOLERATED;
  #trial: { readonly loss: number; readonly pace: number; steps: number } | null = null;

  constructor(rate: number, control: Int32Array, now: number) {
    this.#rate = rate;
    this.#pace = rate;
    this.#control = control;
    this.#shared = Atomics.load(control, CREDIT) !== -1;
    this.#at = now;
    this.#changedAt = now;
  }

  /** Probes a second. */
  get value(): number {
    return this.#pace;
  }

  allowed(now: number): number {
    const saved = Math.max(1, (this.#pace * SAVED_MS) / 1_000);
    this.#tokens = Math.min(saved, this.#tokens + ((now - this.#at) * this.#pace) / 1_000);
    this.#at = now;
    const own = Math.floor(this.#tokens);
    return this.#shared ? Math.min(own, Atomics.load(this.#control, CREDIT)) : own;
  }

  spend(probes: number): void {
    this.#tokens -= probes;
    if (this.#shared) Atomics.sub(this.#control, CREDIT, probes);
  }

  /** Sends less: `factor` 0 to 1. */
  slowDown(factor: number): void {
    this.#pace = Math.max(Math.min(1, this.#rate), this.#rate * SLOWEST, this.#pace * factor);
  }

  /** What some canaries lost (0 to 1) that left from `startedAt` on (ms). True: it was too much, and the pace is lower now. */
  lost(part: number, startedAt: number, now: number): boolean {
    // They still met the pace of before the last change.
    if (startedAt < this.#changedAt) return false;
    if (part <= this.#tolerated) {
      this.#trial = null;
      if (this.#pace < this.#rate && now - this.#changedAt >= RECOVERY_MS) {
        this.#pace = Math.min(this.#rate, this.#pace * RECOVERY);
        this.#changedAt = now;
      }
      return false;
    }
    this.#changedAt = now;
    this.#trial ??= { loss: part, pace: this.#pace, steps: 0 };
    if (this.#trial.steps >= STEPS && part >= this.#trial.loss * STILL_THERE) {
      this.#tolerated = part * 1.5;
      this.#pace = this.#trial.pace;
      this.#trial = null;
      return false;
    }
    this.#trial.steps += 1;
    this.slowDown(0.5);
    return true;
  }
}
