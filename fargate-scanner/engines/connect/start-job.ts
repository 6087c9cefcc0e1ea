import { type BucketState, makeBucket } from '../../../core/scanning/shared-bucket.ts';
import type { EngineEvent, ScanJob, ScanTarget } from '../engine.ts';
import { clock } from '../clock.ts';
import { feedCredit } from '../credit.ts';
import { ownAddresses } from '../own-addresses.ts';
import { Crew } from './crew.ts';
import type { MakeDialer } from './dialer.ts';
import { divide } from './divide.ts';
import { freeCores } from '../free-cores.ts';
import { Sweep } from './sweep.ts';
import { threadCount } from './thread-count.ts';
import type { SweepThreads } from './threads.ts';

export interface JobOptions {
  readonly job: ScanJob;
  /** Sockets in flight at most, all threads together: file descriptors are of the process. */
  readonly window: number;
  readonly startRate: number;
  readonly bucketOf: (target: ScanTarget) => BucketState | null;
  readonly makeDialer: MakeDialer;
  readonly threads: SweepThreads;
  /** How many threads do it; 1: none but this; null: as many as it is worth. */
  readonly count: number | null;
  readonly emit: (event: EngineEvent) => void;
}

/** A job on its way, in this thread or in several. */
export interface Running {
  /** Probes a second that proved right so far. */
  readonly pace: number;
  /** Launches nothing more; the probes in flight still end, each within its time limit. */
  stop(): void;
  /** Drops everything at once, when it has not ended. */
  abandon(): void;
}

/** Starts a job. The last event is `done`. */
export function startJob(options: JobOptions): Running {
  const { job, makeDialer, emit } = options;
  const count = options.count ?? worthOf(options);
  const own = count === 1 ? null : ownAddresses();
  const targets = job.targets.map((target) => ({
    address: target.address,
    ranges: target.ports.ranges,
    bucket: options.bucketOf(target),
    own: own?.has(target.address) ?? false,
  }));
  const shares = divide(targets, count).filter((parts) => parts.length > 0);
  const { tries, timeoutMs, rate, seed, shared } = job;
  const common = { job: { tries, timeoutMs, rate, seed }, makeDialer, emit };
  if (count === 1) {
    const { window, startRate } = options;
    // Whoever made the shared tokens counts the time from the start of this thread.
    const tokens = shared && { available: () => shared.available(performance.now()), take: () => shared.take() };
    const parts = shares.flat();
    return new Sweep({ ...common, parts, window, startRate, sweeps: 1, cap: null, shared: tokens });
  }
  const sweeps = shares.length;
  const credit = shared === null ? null : feedCredit(shared, rate);
  const order = {
    job: common.job,
    window: Math.max(1, Math.floor(options.window / sweeps)),
    startRate: options.startRate / sweeps,
    sweeps,
    cap: makeBucket(rate, clock()),
    credit: credit?.cell ?? null,
  };
  const crew = new Crew({ order, shares, threads: options.threads, makeDialer, emit });
  return {
    get pace() {
      return crew.pace;
    },
    stop: () => crew.stop(),
    abandon() {
      credit?.end();
      crew.abandon();
    },
  };
}

function worthOf({ job, threads }: JobOptions): number {
  const probes = job.tries * job.targets.reduce((sum, { ports }) => sum + ports.size, 0);
  return threadCount({ cores: freeCores, free: threads.free, rate: job.rate, probes });
}
