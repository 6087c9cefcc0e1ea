import { Worker } from 'node:worker_threads';
import { type Thread, type ThreadLike, Threads } from '../threads.ts';
import type { WorkerJob, WorkerMessage } from './messages.ts';

export type ScanThreadLike = ThreadLike<WorkerJob, WorkerMessage>;
export type ScanThread = Thread<WorkerJob, WorkerMessage>;

/** Threads kept for the next scan: starting one takes longer than many scans do. */
const KEPT = 1;

/** The thread's own objects are few and short-lived: a small heap keeps them from piling up (MiB). Its tables are outside. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 96 };

/** Threads that do a scan each. */
export function scanThreads(
  make: () => ScanThreadLike = () => new Worker(new URL('worker.ts', import.meta.url), { resourceLimits: LIMITS }),
): Threads<WorkerJob, WorkerMessage> {
  return new Threads(KEPT, make);
}
