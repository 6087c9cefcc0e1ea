import type { PortRange } from '../../../core/net/port-set.ts';
import type { PortState } from '../engine.ts';

/** Places in the shared control array. */
export const STOP = 0;
/** Probes that may be sent of the tokens shared with other jobs; -1: there are no others. */
export const CREDIT = 1;
/** Batches of observations that the main thread has taken. */
export const TAKEN = 2;
export const CONTROLS = 3;
/** Values of STOP; 0: go on. */
export const FINISH = 1;
export const DROP = 2;

/** Batches of observations on their way at most, so that memory stays small however slow the reader is. */
export const ON_THE_WAY = 16;

/** The targets as flat arrays, IPv4 before IPv6: 65,536 objects would cost more than the scan. */
export interface WorkerTargets {
  readonly count: number;
  /** How many are IPv4: 4 bytes each in `addresses`, then 16 each. */
  readonly fours: number;
  readonly addresses: Uint8Array;
  /** Which of the job's `ports`. */
  readonly lists: Uint32Array;
  /** Probes a second; 0: no limit of its own. */
  readonly rates: Float64Array;
  /** Place in `times`. */
  readonly slots: Uint32Array;
}

export interface WorkerJob {
  readonly targets: WorkerTargets;
  /** Hosts of the whole scan, of which these may be a share: what it may miss is shared out among them. */
  readonly hosts: number;
  readonly ports: readonly (readonly PortRange[])[];
  /** Passes over what is silent; how many are enough where it is proven that nothing is lost; and how long each waits for its last answers (ms). */
  readonly tries: number;
  readonly enough: number;
  readonly timeoutMs: number;
  readonly rate: number;
  readonly seed: number;
  readonly key: readonly [number, number];
  /** Random, 0 to 1: where the search for source ports starts. */
  readonly start: number;
  readonly control: Int32Array;
  /** Sockets of the thread (`open-sockets.ts`). */
  readonly sockets: Int32Array;
  /** For each address that has a rate the time (ms of `process.hrtime`) up to which it is used; all jobs of the engine share it. */
  readonly times: Float64Array;
  /** Every packet through the kernel's routing. */
  readonly kernelOnly: boolean;
  /** Bytes of the receive buffer; null: the engine's own choice. */
  readonly receiveBuffer: number | null;
}

/** Ports of one target that got their final word. `target`: index in the job; `from`, `length`: where their runs are in `runs` of the message. */
export interface Settled {
  readonly target: number;
  readonly from: number;
  readonly length: number;
  readonly state: PortState;
  readonly reason: string;
  readonly rttMs: number | null;
  readonly tries: number;
}

export type WorkerMessage =
  | { readonly kind: 'settled'; readonly batch: readonly Settled[]; readonly runs: Uint16Array<ArrayBuffer> }
  | { readonly kind: 'progress'; readonly done: number; readonly total: number; readonly rate: number }
  | { readonly kind: 'loss'; readonly reason: string; readonly pace: number }
  | { readonly kind: 'stopped'; readonly target: number; readonly reason: string }
  | {
      readonly kind: 'done';
      readonly complete: boolean;
      readonly probes: number;
      readonly loss: number;
      readonly missedOpen: number;
      readonly receiveDrops: number;
      readonly ignored: number;
    }
  /** The scan cannot go on. */
  | { readonly kind: 'failed'; readonly reason: string };
