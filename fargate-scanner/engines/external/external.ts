import type { Address } from '../../../core/net/address.ts';
import type { Reader } from '../../formats/seen.ts';
import type { Lack, ScanJob } from '../engine.ts';
import type { Batch, BatchLimits } from './batches.ts';
import type { ReachOf } from './reach.ts';

/** In the directory a program is started in: its addresses, one a line. A list of them is too long for an argument. */
export const TARGETS_FILE = 'targets';

/** One start of a program: the batch's ports of the addresses in `TARGETS_FILE`. */
export interface Start extends Batch {
  /** How often a silent port is asked. */
  readonly tries: number;
  readonly job: ScanJob;
}

export interface Command {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Longest time it may run, milliseconds. */
  readonly mostMs: number;
}

/** Another scanner's program. */
export interface External {
  /** Name and version. */
  readonly name: string;
  readonly lacks: readonly Lack[];
  /** Called once a scan, before any start: how the program gets to each of the addresses. `rate`: most questions a second to links. */
  reach(addresses: readonly Address[], rate: number, signal: AbortSignal): Promise<ReachOf>;
  /** Starts that may run at once, each with other options for its way. */
  readonly atOnce: number;
  readonly limits: BatchLimits;
  /** How often one start asks a silent port at most, whatever it is told. */
  readonly triesOfStart: number;
  commandOf(start: Start): Command;
  reader(): Reader;
  /** Reason of the unknown state of what the output does not mention. */
  readonly unmentioned: string;
  /** In stderr, again and again: it has done everything. It is ended when it writes nothing more. */
  readonly over?: RegExp;
  /** In stderr: what a program that ends as if nothing was wrong says of what it did not look at. */
  readonly complaint: RegExp;
}
