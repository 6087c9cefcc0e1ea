import type { Address } from '../../../core/net/address.ts';
import { outcomeOf } from '../../../core/scanning/outcomes.ts';
import type { EngineEvent, Observation } from '../engine.ts';
import { portsOf, type SweepPart } from './divide.ts';

export interface MergeOptions {
  /** What each sweep does. */
  readonly shares: readonly (readonly SweepPart[])[];
  readonly tries: number;
  /** Probes a second of all sweeps now. */
  readonly pace: () => number;
  readonly emit: (event: EngineEvent) => void;
  /** Nothing more may be launched at part `part` of a sweep. */
  readonly stopPart: (sweep: number, part: number) => void;
}

/**
 * Makes one stream of events of those of several sweeps that do a job together. What one sweep alone cannot know is decided here: an address that
 * one of them stopped is stopped in all, and a port that a firewall refuses is `filtered` when the address answered any of them.
 */
export class Merge {
  readonly #options: MergeOptions;
  readonly #total: number;
  /** Of each sweep: probes, probes a second, whether it ended, ports not told yet by address. */
  readonly #sweeps: { done: number; rate: number; ended: boolean; untold: Map<Address, number> }[];
  readonly #divided: ReadonlySet<Address>;
  readonly #answered = new Set<Address>();
  readonly #stopped = new Set<Address>();
  readonly #held: Observation[] = [];
  #complete = true;

  constructor(options: MergeOptions) {
    this.#options = options;
    let ports = 0;
    this.#sweeps = options.shares.map((parts) => {
      const untold = new Map<Address, number>();
      for (const part of parts) {
        const { length } = portsOf(part);
        ports += length;
        untold.set(part.address, (untold.get(part.address) ?? 0) + length);
      }
      return { done: 0, rate: 0, ended: false, untold };
    });
    this.#total = ports * options.tries;
    this.#divided = new Set(options.shares.flat().flatMap(({ address, of }) => (of > 1 ? [address] : [])));
  }

  heard(sweep: number, event: EngineEvent): void {
    const of = this.#sweeps[sweep];
    if (of === undefined || of.ended) return;
    if (event.kind === 'observations') this.#observed(of.untold, event.observations);
    else if (event.kind === 'progress') {
      of.done = event.done;
      of.rate = event.rate;
      this.#progress();
    } else if (event.kind === 'loss') this.#options.emit({ ...event, pace: Math.round(this.#options.pace()) });
    else if (event.kind === 'stopped') this.#stop(event.address, event.reason);
    else if (event.kind === 'done') {
      of.done = event.probes;
      this.#complete &&= event.complete;
      this.#end(of);
    }
  }

  /** The sweep is gone: what it had not told is not covered. */
  lost(sweep: number, reason: string): void {
    const of = this.#sweeps[sweep];
    if (of === undefined || of.ended) return;
    this.#complete = false;
    for (const [address, untold] of of.untold) if (untold > 0) this.#tellStopped(address, reason);
    this.#end(of);
  }

  #observed(untold: Map<Address, number>, observations: readonly Observation[]): void {
    const now: Observation[] = [];
    for (const seen of observations) {
      const { address, state, reason, ports } = seen;
      untold.set(address, (untold.get(address) ?? 0) - ports.length);
      if (!this.#divided.has(address)) {
        now.push(seen);
        continue;
      }
      if (state === 'open' || state === 'closed') this.#answered.add(address);
      if (state === 'unknown' && outcomeOf(reason) === 'unreachable') this.#held.push(seen);
      else now.push(seen);
    }
    if (now.length > 0) this.#options.emit({ kind: 'observations', observations: now });
  }

  #stop(address: Address, reason: string): void {
    for (const [sweep, parts] of this.#options.shares.entries()) {
      for (const [part, one] of parts.entries()) if (one.address === address) this.#options.stopPart(sweep, part);
    }
    this.#tellStopped(address, reason);
  }

  #tellStopped(address: Address, reason: string): void {
    if (this.#stopped.has(address)) return;
    this.#stopped.add(address);
    this.#options.emit({ kind: 'stopped', address, reason });
  }

  #progress(): void {
    const sum = (of: (sweep: { done: number; rate: number }) => number): number =>
      this.#sweeps.reduce((all, sweep) => all + of(sweep), 0);
    const [done, rate] = [sum((sweep) => sweep.done), sum((sweep) => sweep.rate)];
    this.#options.emit({ kind: 'progress', done, total: this.#total, rate });
  }

  #end(of: { rate: number; ended: boolean }): void {
    of.rate = 0;
    of.ended = true;
    if (this.#sweeps.some(({ ended }) => !ended)) return;
    const observations = this.#held.map((seen): Observation =>
      this.#answered.has(seen.address) ? { ...seen, state: 'filtered' } : seen,
    );
    if (observations.length > 0) this.#options.emit({ kind: 'observations', observations });
    const probes = this.#sweeps.reduce((all, { done }) => all + done, 0);
    this.#options.emit({ kind: 'done', complete: this.#complete, probes });
  }
}
