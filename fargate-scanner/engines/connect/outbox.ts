import type { EngineEvent, Observation } from '../engine.ts';

const PROGRESS_MS = 1_000;

/** What a sweep tells: observations in batches, and once a second how far it is. */
export class Outbox {
  /** Where observations are put now; another array once they were handed on. */
  batch: Observation[] = [];
  readonly #emit: (event: EngineEvent) => void;
  #probesBefore = 0;
  #progressAt: number;

  constructor(emit: (event: EngineEvent) => void, now: number) {
    this.#emit = emit;
    this.#progressAt = now;
  }

  flush(): void {
    if (this.batch.length === 0) return;
    this.#emit({ kind: 'observations', observations: this.batch });
    this.batch = [];
  }

  /** `done`, `total`: probes. */
  progress(done: number, total: number, now: number): void {
    const elapsed = now - this.#progressAt;
    if (elapsed < PROGRESS_MS) return;
    this.#emit({ kind: 'progress', done, total, rate: ((done - this.#probesBefore) * 1_000) / elapsed });
    this.#progressAt = now;
    this.#probesBefore = done;
  }
}
