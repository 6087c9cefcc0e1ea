import type { Evidence } from '../../../../core/scanning/syn/loss.ts';

/** What is known of the loss on the way to each host, from canaries and from what later passes still hear. */
export class HostLoss {
  readonly #attempts: Uint32Array;
  readonly #failures: Uint32Array;
  /** Pairs first heard in the pass under way, and in the one before. */
  readonly #now: Uint32Array;
  readonly #before: Uint32Array;
  #allAttempts = 0;
  #allFailures = 0;

  constructor(hosts: number) {
    this.#attempts = new Uint32Array(hosts);
    this.#failures = new Uint32Array(hosts);
    this.#now = new Uint32Array(hosts);
    this.#before = new Uint32Array(hosts);
  }

  /** A pair was heard for the first time, in the pass under way. */
  heard(host: number): void {
    this.#now[host] = (this.#now[host] ?? 0) + 1;
  }

  /**
   * A pass over everything is over. Of pairs that answer, each pass hears the same part of those still silent, so what it heard, by what the one before
   * heard, is the part that was lost.
   */
  countPass(host: number, pass: number): void {
    const now = this.#now[host] ?? 0;
    if (pass > 1) this.learn(host, Math.max(this.#before[host] ?? 0, now), now);
    this.#before[host] = now;
    this.#now[host] = 0;
  }

  /** Adds so many probes whose target would answer, and how many of them brought no answer. */
  learn(host: number, attempts: number, failures: number): void {
    this.#attempts[host] = (this.#attempts[host] ?? 0) + attempts;
    this.#failures[host] = (this.#failures[host] ?? 0) + failures;
    this.#allAttempts += attempts;
    this.#allFailures += failures;
  }

  /** Of one host, all passes so far. */
  of(host: number): Evidence {
    return { attempts: this.#attempts[host] ?? 0, failures: this.#failures[host] ?? 0 };
  }

  /** Of all hosts together. */
  get all(): Evidence {
    return { attempts: this.#allAttempts, failures: this.#allFailures };
  }

  get any(): boolean {
    return this.#allFailures > 0;
  }
}
