import type { Address } from '../../core/net/address.ts';
import type { PortSet } from '../../core/net/port-set.ts';
import type { AliveHow } from '../../core/scanning/liveness/alive.ts';
import type { PortRuns } from '../../core/scanning/port-runs.ts';
import type { TokenSource } from '../../core/scanning/pacing.ts';

export interface ScanTarget {
  readonly address: Address;
  readonly ports: PortSet;
  /** Most probes a second to this address, over all jobs of the engine; null: only the job's rate. */
  readonly rate: number | null;
}

/** What an engine is asked to do. Exclusions are already taken out of the targets. */
export interface ScanJob {
  readonly targets: readonly ScanTarget[];
  /** Connections tried at each port that does not answer open. */
  readonly tries: number;
  readonly timeoutMs: number;
  /** Most probes a second, all targets together. */
  readonly rate: number;
  /** Tokens (monotonic milliseconds) that other jobs running now take from too; null: this job is alone. */
  readonly shared: TokenSource | null;
  /** Of the order in which the ports are visited; the same seed gives the same order. */
  readonly seed: number;
}

export type PortState = 'open' | 'closed' | 'filtered' | 'unknown';

/** The final word on some ports of one address; each (address, port) of a job gets at most one. Not one object a port: full scans have 65,535. */
export interface Observation {
  readonly address: Address;
  /** Long lists come as runs: a full scan of 256 hosts has 16 million ports. */
  readonly ports: readonly number[] | PortRuns;
  readonly state: PortState;
  /** `connected`, `open-then-reset`, `no-answer`, an errno, `event-loop-lag` ... */
  readonly reason: string;
  /** Of the answer of an open port, which then stands alone, milliseconds; null for the others. */
  readonly rttMs: number | null;
  /** Answers and silences behind this state. */
  readonly tries: number;
}

export interface ScanProgress {
  /** Probes finished and planned, retries included. */
  readonly done: number;
  readonly total: number;
  /** Probes a second over about the last second. */
  readonly rate: number;
}

/** What an engine says about its own blindness. */
export interface ScanEstimate {
  /** Part of the probes (0 to 1) whose answer was lost. */
  readonly loss: number;
  /** Open ports that are expected to have been missed by that loss after all tries. */
  readonly missedOpen: number;
  /** Answers that this machine received and could not keep. */
  readonly receiveDrops: number;
}

export type EngineEvent =
  | { readonly kind: 'observations'; readonly observations: readonly Observation[] }
  | ({ readonly kind: 'progress' } & ScanProgress)
  /** Something went wrong with our probes and the rate was lowered to `pace` probes a second. */
  | { readonly kind: 'loss'; readonly reason: string; readonly pace: number }
  /** The address answered something. At most once for each, from engines that look for it. `rttMs` null: not measured. */
  | { readonly kind: 'alive'; readonly address: Address; readonly how: AliveHow; readonly rttMs: number | null }
  /** No more probes to this address; what was not probed is missing from the observations. */
  | { readonly kind: 'stopped'; readonly address: Address; readonly reason: string }
  /** Always the last event. `complete`: every pair of every target that was not stopped has its observation. */
  | {
      readonly kind: 'done';
      readonly complete: boolean;
      readonly probes: number;
      /** From engines that measure it. */
      readonly estimate?: ScanEstimate;
      /** Answers that do not fit what was sent and count for nothing: somebody guesses, or they belong to an older scan. */
      readonly ignored?: number;
      /** Ways of looking that do not work on this machine, as sentences without full stop. */
      readonly missing?: readonly string[];
    };

/** What an engine cannot do by its nature, on no machine:
 * - `own-addresses`: look at addresses of the machine it runs on.
 * - `silence`: tell a silent port from one whose answer it did not hear; both are `unknown`.
 * - `round-trips`: measure them; `rttMs` is null.
 * - `estimate`: measure what it lost; `done` has no `estimate`.
 */
export type Lack = 'own-addresses' | 'silence' | 'round-trips' | 'estimate';

/** A way to find out which ports answer. Every engine gives the same events. */
export interface Engine {
  readonly name: string;
  /** Absent: it lacks nothing. */
  readonly lacks?: readonly Lack[];
  /** Aborting stops launching at once, waits for the probes in flight (at most one time limit) and ends with `done`. */
  scan(job: ScanJob, signal: AbortSignal): AsyncIterable<EngineEvent>;
}
