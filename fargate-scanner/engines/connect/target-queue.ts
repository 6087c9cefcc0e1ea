import type { Address } from '../../../core/net/address.ts';
import { GUARDED_PORTS, OpenGuard } from '../../../core/scanning/open-guard.ts';
import { MAX_LOCAL_FAULTS, MAX_VOIDED, TIMED_OUT, VOID_SILENCE } from '../../../core/scanning/outcomes.ts';
import type { TokenSource } from '../../../core/scanning/pacing.ts';
import { permutation } from '../../../core/scanning/permutation.ts';
import type { Observation, PortState } from '../engine.ts';

/** What is known of a port before its last try. */
const NOTHING = 0;
const SILENT = 1;
const CLOSED = 2;
const SETTLED = 3;

export interface TargetOptions {
  /** Ascending. */
  readonly ports: Uint16Array;
  readonly tries: number;
  readonly seed: number;
  /** The address's own rate, shared with other sweeps; null when it has none. */
  readonly bucket: TokenSource | null;
  readonly maxInFlight: number;
  /** A byte for each port, zero, twice. */
  readonly evidence: Uint8Array;
  readonly counts: Uint8Array;
  /** Where observations are put now; another array once they were handed on. */
  readonly batch: () => Observation[];
}

/**
 * One address of a sweep: which port is next, what its ports have answered so far, and its own rate. Ports are named by their
 * index in the target's port list. Each try is a pass over every port that is not settled, in an order of its own, so that the
 * tries of one port are spread in time (losses come in bursts).
 */
export class TargetQueue {
  readonly address: Address;
  readonly ports: Uint16Array;
  inFlight = 0;
  /** True when nothing more will be launched or emitted. */
  finished = false;
  /** Only on long lists, where many open ports mean a decoy. */
  readonly guard: OpenGuard | null;
  readonly #options: TargetOptions;
  readonly #again: number[] = [];
  readonly #evidence: Uint8Array;
  readonly #tries: Uint8Array;
  /** Of the few ports that had any; null: none had. */
  #faults: Map<number, number> | null = null;
  readonly #unreachable: { index: number; reason: string }[] = [];
  #order: (index: number) => number;
  #cursor = 0;
  #pass = 1;
  #stopped = false;
  #answers = 0;
  /** The last observation that more ports may join, and the batch it is in. */
  #run: (Observation & { readonly ports: number[] }) | null = null;
  #runIn: Observation[] | null = null;

  constructor(address: Address, options: TargetOptions) {
    this.address = address;
    this.ports = options.ports;
    this.#options = options;
    this.#evidence = options.evidence;
    this.#tries = options.counts;
    this.#order = permutation(this.ports.length, options.seed);
    this.guard = this.ports.length >= GUARDED_PORTS ? new OpenGuard() : null;
  }

  /** The next port to probe, or -1: none left in this pass, or not yet. Counts it as in flight. */
  next(now: number): number {
    const { bucket, maxInFlight } = this.#options;
    if (this.#stopped || this.inFlight >= maxInFlight) return -1;
    if (bucket !== null && bucket.available(now) < 1) return -1;
    const index = this.#pick();
    if (index === -1) return -1;
    bucket?.take();
    this.inFlight += 1;
    return index;
  }

  #pick(): number {
    while (this.#cursor < this.ports.length) {
      const index = this.#order(this.#cursor);
      this.#cursor += 1;
      if (this.#evidence[index] !== SETTLED) return index;
    }
    return this.#again.pop() ?? -1;
  }

  open(index: number, reason: string, rttMs: number): void {
    this.#answers += 1;
    this.#settle(index, 'open', reason, rttMs, (this.#tries[index] ?? 0) + 1);
  }

  closed(index: number, reason: string): void {
    this.#answers += 1;
    this.#note(index, CLOSED, reason);
  }

  silent(index: number): void {
    this.#note(index, SILENT, TIMED_OUT);
  }

  /** Says nothing yet: a firewall may refuse one port, or the whole host may be away. Decided when the target is finished. */
  unreachable(index: number, reason: string): void {
    this.#evidence[index] = SETTLED;
    this.#unreachable.push({ index, reason });
  }

  unknown(index: number, reason: string): void {
    this.#settle(index, 'unknown', reason, null, (this.#tries[index] ?? 0) + 1);
  }

  /** The probe failed on our side: it is tried again a bounded number of times, then given up with what is known already. */
  again(index: number, reason: string): void {
    this.#faults ??= new Map();
    const faults = (this.#faults.get(index) ?? 0) + 1;
    this.#faults.set(index, faults);
    if (faults < (VOID_SILENCE.has(reason) ? MAX_VOIDED : MAX_LOCAL_FAULTS)) this.#again.push(index);
    else if (!this.#settleByEvidence(index)) this.unknown(index, reason);
  }

  /** No further launches; what is in flight still counts. */
  stop(): void {
    this.#stopped = true;
  }

  /** Call when a probe has ended. Starts the next pass or finishes; `abandoned`: settles what has evidence, whatever the pass. */
  advance(abandoned: boolean): void {
    if (this.finished || this.inFlight > 0) return;
    const over = abandoned || this.#stopped;
    if (!over && (this.#cursor < this.ports.length || this.#again.length > 0)) return;
    if (!over && this.#pass < this.#options.tries && this.#hasUnsettled()) {
      this.#pass += 1;
      this.#cursor = 0;
      this.#order = permutation(this.ports.length, this.#options.seed + this.#pass);
      return;
    }
    this.finished = true;
    for (let index = 0; index < this.ports.length; index += 1) this.#settleByEvidence(index);
    for (const { index, reason } of this.#unreachable) {
      this.#emit(index, this.#answers > 0 ? 'filtered' : 'unknown', reason, null, (this.#tries[index] ?? 0) + 1);
    }
  }

  #hasUnsettled(): boolean {
    return this.#evidence.some((evidence) => evidence !== SETTLED);
  }

  #note(index: number, evidence: number, reason: string): void {
    const tries = (this.#tries[index] ?? 0) + 1;
    this.#tries[index] = tries;
    const best = Math.max(evidence, this.#evidence[index] ?? NOTHING);
    this.#evidence[index] = best;
    if (tries < this.#options.tries) return;
    if (best === CLOSED) this.#settle(index, 'closed', evidence === CLOSED ? reason : 'ECONNREFUSED', null, tries);
    else this.#settle(index, 'filtered', reason, null, tries);
  }

  #settleByEvidence(index: number): boolean {
    const evidence = this.#evidence[index];
    if (evidence !== SILENT && evidence !== CLOSED) return false;
    const [state, reason]: [PortState, string] =
      evidence === CLOSED ? ['closed', 'ECONNREFUSED'] : ['filtered', TIMED_OUT];
    this.#settle(index, state, reason, null, this.#tries[index] ?? 1);
    return true;
  }

  #settle(index: number, state: PortState, reason: string, rttMs: number | null, tries: number): void {
    this.#evidence[index] = SETTLED;
    this.#emit(index, state, reason, rttMs, tries);
  }

  #emit(index: number, state: PortState, reason: string, rttMs: number | null, tries: number): void {
    const port = this.ports[index] ?? 0;
    const batch = this.#options.batch();
    const run = this.#runIn === batch ? this.#run : null;
    if (rttMs === null && run?.state === state && run.reason === reason && run.tries === tries) {
      run.ports.push(port);
      return;
    }
    const observation = { address: this.address, ports: [port], state, reason, rttMs, tries };
    batch.push(observation);
    if (rttMs !== null) return;
    this.#run = observation;
    this.#runIn = batch;
  }
}
