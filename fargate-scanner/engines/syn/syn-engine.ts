import type { Engine } from '../engine.ts';
import { freeCores } from '../free-cores.ts';
import { AddressTimes } from './address-times.ts';
import { sharesOf, threadsFor } from './shares.ts';
import { ThreadScan } from './thread-scan.ts';
import { type ScanThreadLike, scanThreads } from './threads.ts';
import { together } from '../together.ts';
import type { WorkerJobOptions } from './worker-job.ts';

export interface SynEngineOptions extends Omit<WorkerJobOptions, 'hosts'> {
  readonly makeThread?: () => ScanThreadLike;
  /** Threads that do each job. Default: as many as the job is worth, of the cores this process may use. */
  readonly threads?: number;
}

/**
 * The engine that sends SYNs itself, in threads of its own, and remembers nothing but two bits a port. Needs Linux, koffi and CAP_NET_RAW
 * (`chooseEngine` finds out). One thread does a job; where several cores are free, a large and fast one is divided by addresses. A thread that
 * ends takes no evidence with it: what was not told is `unknown`.
 */
export function synEngine(options: SynEngineOptions = {}): Engine {
  const threads = scanThreads(options.makeThread);
  const times = new AddressTimes();
  const cores = (): number => Math.min(freeCores(), threads.free);
  return {
    name: 'syn',
    async *scan(asked, signal) {
      const targets = asked.targets.filter((target) => !target.ports.isEmpty);
      if (targets.length === 0 || signal.aborted) {
        yield { kind: 'done', complete: targets.length === 0, probes: 0 };
        return;
      }
      const count = options.threads ?? threadsFor({ ...asked, targets }, cores);
      const shares = sharesOf(targets, count);
      const rate = asked.rate / shares.length;
      const ofAll = { ...options, hosts: targets.length };
      const scans = shares.map((share) => new ThreadScan({ ...asked, targets: share, rate }, threads, times, ofAll));
      const stop = (): void => scans.forEach((scan) => scan.stop());
      signal.addEventListener('abort', stop, { once: true });
      try {
        const [only] = scans;
        yield* scans.length === 1 && only !== undefined ? only.events() : together(scans);
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}
