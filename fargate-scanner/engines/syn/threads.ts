import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Thread, type ThreadLike, Threads } from '../threads.ts';
import type { WorkerJob, WorkerMessage } from './messages.ts';

export type ScanThreadLike = ThreadLike<WorkerJob, WorkerMessage>;
export type ScanThread = Thread<WorkerJob, WorkerMessage>;
export type ScanThreads = Threads<WorkerJob, WorkerMessage>;

/** The thread's own objects are few and short-lived: a small heap keeps them from piling up (MiB). Its tables are outside. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 96 };

/** Threads that do a scan, or a share of one, each. As many are kept as can run at once: starting one takes longer than many scans do. */
export function scanThreads(
  make: () => ScanThreadLike = () => new Worker(new URL('worker.ts', import.meta.url), { resourceLimits: LIMITS }),
): ScanThreads {
  return new Threads(availableParallelism(), make);
}
