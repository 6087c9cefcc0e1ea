import type { BucketState } from '../../../core/scanning/shared-bucket.ts';
import type { EngineEvent, ScanJob } from '../engine.ts';
import type { SweepPart } from './divide.ts';

/** What a thread needs to know of its sweep. */
export interface SweepOrder {
  readonly job: Pick<ScanJob, 'tries' | 'timeoutMs' | 'rate' | 'seed'>;
  readonly parts: readonly SweepPart[];
  readonly window: number;
  readonly startRate: number;
  readonly sweeps: number;
  readonly cap: BucketState;
  /** One cell: the tokens that are there to be taken, of those that other jobs take from too; null: the job is alone. */
  readonly credit: Int32Array | null;
}

/** To a thread. `stop-target`: no more launches for the part of this number. */
export type ThreadOrder =
  | { readonly kind: 'sweep'; readonly order: SweepOrder }
  | { readonly kind: 'stop' }
  | { readonly kind: 'stop-target'; readonly part: number };

/** From a thread: first `started`, before any probe; then what its sweep says, with its pace then (probes a second), to the `done`. */
export type ThreadMessage =
  | { readonly kind: 'started' }
  | { readonly kind: 'event'; readonly event: EngineEvent; readonly pace: number };
