import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { AddressRates } from '../../../core/scanning/address-rates.ts';
import { makeBucket } from '../../../core/scanning/shared-bucket.ts';
import { SocketBudget, windowOf } from '../../../core/scanning/limits.ts';
import type { Engine, EngineEvent } from '../engine.ts';
import { clock } from '../clock.ts';
import type { MakeDialer } from './dialer.ts';
import { handleDialer } from './handle-dialer.ts';
import { EventQueue } from '../event-queue.ts';
import { netDialer } from './net-dialer.ts';
import { type Running, startJob } from './start-job.ts';
import { sweepThreads, type SweepThreadLike } from './threads.ts';

/** Assumed where the system does not tell: the smallest soft limit in use. */
const FEWEST_DESCRIPTORS = 1_024;
/** A pace is worth trying at once this long after it was last kept. */
const PROVEN_MS = 60_000;

export interface ConnectEngineOptions {
  /** Part (0-1] of the sockets this engine may hold when others scan in the same process. Default 1. */
  readonly share?: number;
  readonly makeDialer?: MakeDialer;
  /** File descriptors this process may open. Default: its soft limit. */
  readonly nofile?: number;
  /** Threads that do each job; 1: none but this one. Default: as many as the job is worth, of those of the process; none with a `makeDialer`. */
  readonly threads?: number;
  readonly makeThread?: () => SweepThreadLike;
}

/** Of all connect engines of the process. */
const ofProcess = sweepThreads(availableParallelism());
let socketsOfProcess: SocketBudget | null = null;

/**
 * The engine that needs no privilege: full TCP connections, closed by RST. Long and fast jobs are divided among threads where several cores are
 * free. When a thread ends in the middle, what it had not told is not covered, its addresses are `stopped` and the job is not complete.
 */
export function connectEngine(options: ConnectEngineOptions = {}): Engine {
  const makeDialer = options.makeDialer ?? handleDialer() ?? netDialer;
  const nofile = options.nofile ?? descriptorLimit();
  const share = options.share ?? 1;
  socketsOfProcess ??= new SocketBudget(descriptorLimit());
  const sockets = options.nofile === undefined ? socketsOfProcess : new SocketBudget(options.nofile);
  const threads =
    options.makeThread === undefined ? ofProcess : sweepThreads(availableParallelism(), options.makeThread);
  // A dialer is a function: it cannot be sent to a thread.
  const count = options.threads ?? (options.makeDialer === undefined ? null : 1);
  const addressRates = new AddressRates((rate) => makeBucket(rate, clock()));
  let proven = { pace: 0, at: -Infinity };

  return {
    name: 'connect',
    lacks: ['estimate'],
    async *scan(asked, signal) {
      const job = { ...asked, targets: asked.targets.filter((target) => !target.ports.isEmpty) };
      if (job.targets.length === 0 || signal.aborted) {
        yield { kind: 'done', complete: job.targets.length === 0, probes: 0 };
        return;
      }
      const inbox = new EventQueue<EngineEvent>();
      const window = sockets.take(windowOf({ nofile, share, rate: job.rate, timeoutMs: job.timeoutMs }));
      let running: Running;
      try {
        running = startJob({
          job,
          window,
          startRate: clock() - proven.at < PROVEN_MS ? proven.pace : 0,
          bucketOf: (target) => addressRates.take(target),
          makeDialer,
          threads,
          count,
          emit: (event) => inbox.put(event),
        });
      } catch (thrown) {
        sockets.giveBack(window);
        throw thrown;
      }
      const stop = (): void => running.stop();
      signal.addEventListener('abort', stop, { once: true });
      try {
        for (;;) {
          const event = await inbox.next();
          yield event;
          if (event.kind === 'done') return;
        }
      } finally {
        signal.removeEventListener('abort', stop);
        proven = { pace: running.pace, at: clock() };
        running.abandon();
        sockets.giveBack(window);
        for (const target of job.targets) addressRates.giveBack(target);
      }
    },
  };
}

/** The soft limit of open files. Node raises its soft limit to the hard one at start. */
function descriptorLimit(): number {
  try {
    const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    if (line?.[1] === undefined) return FEWEST_DESCRIPTORS;
    return line[1] === 'unlimited' ? Infinity : Number(line[1]);
  } catch {
    return FEWEST_DESCRIPTORS;
  }
}
