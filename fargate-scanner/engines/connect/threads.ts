import { Worker } from 'node:worker_threads';
import { type Thread, type ThreadLike, Threads } from '../threads.ts';
import type { ThreadMessage, ThreadOrder } from './messages.ts';

export type SweepThreadLike = ThreadLike<ThreadOrder, ThreadMessage>;
export type SweepThread = Thread<ThreadOrder, ThreadMessage>;
export type SweepThreads = Threads<ThreadOrder, ThreadMessage>;

/** What a sweep makes is few and short-lived: a small young part of the heap is enough (MiB). Its tables are outside. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };

/** Threads that do a sweep each. `most`: that are worth having at once. */
export function sweepThreads(
  most: number,
  make: () => SweepThreadLike = () => new Worker(new URL('worker.ts', import.meta.url), { resourceLimits: LIMITS }),
): SweepThreads {
  return new Threads(most, make);
}
