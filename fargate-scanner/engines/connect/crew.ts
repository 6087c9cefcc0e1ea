import type { EngineEvent } from '../engine.ts';
import type { MakeDialer } from './dialer.ts';
import type { SweepPart } from './divide.ts';
import { Merge } from './merge.ts';
import type { SweepOrder } from './messages.ts';
import { RemoteSweep } from './remote-sweep.ts';
import type { SweepThreads } from './threads.ts';

export interface CrewOptions {
  readonly order: Omit<SweepOrder, 'parts'>;
  /** What each sweep does; as many threads are taken. */
  readonly shares: readonly (readonly SweepPart[])[];
  readonly threads: SweepThreads;
  readonly makeDialer: MakeDialer;
  readonly emit: (event: EngineEvent) => void;
}

/** A job done by several sweeps, each in a thread; the same to its owner as a `Sweep`. */
export class Crew {
  readonly #sweeps: RemoteSweep[] = [];

  constructor({ order, shares, threads, makeDialer, emit }: CrewOptions) {
    const merge = new Merge({
      shares,
      tries: order.job.tries,
      pace: () => this.pace,
      emit,
      stopPart: (sweep, part) => this.#sweeps[sweep]?.stopTarget(part),
    });
    for (const [number, parts] of shares.entries()) {
      const sweep = new RemoteSweep({
        order: { ...order, parts },
        threads,
        makeDialer,
        emit: (event) => merge.heard(number, event),
        lost: (reason) => merge.lost(number, reason),
      });
      this.#sweeps.push(sweep);
    }
  }

  get pace(): number {
    return this.#sweeps.reduce((sum, { pace }) => sum + pace, 0);
  }

  stop(): void {
    for (const sweep of this.#sweeps) sweep.stop();
  }

  abandon(): void {
    for (const sweep of this.#sweeps) sweep.abandon();
  }
}
