import { BadInput, messageOf, Poison } from '../core/errors.ts';
import { partsOf } from '../core/fingerprints/result-parts.ts';
import type { ShardResult } from '../core/fingerprints/shard-result.ts';
import type { Shard } from '../core/planning/shard.ts';
import type { Log } from '../core/ports/log.ts';
import type { ResultQueue } from '../core/ports/queues.ts';
import type { ReceivedShard, ShardSource } from '../core/ports/shard-source.ts';
import type { Claim, Claims } from './claims.ts';
import type { ScanProgress } from './engines/engine.ts';
import type { RunProgress } from './progress.ts';
import type { WhyStopped } from './stopped-runs.ts';
import { Turnstile } from './turnstile.ts';

/**
 * `priority`: confirmations, verifications and "scan now". `bulk`: sweeps that follow the cadence. `backstop`: full sweeps and those that
 * have hours. Each has its own consumers, so none waits for another.
 */
export type Lane = 'priority' | 'bulk' | 'backstop';
export const LANES: readonly Lane[] = ['priority', 'bulk', 'backstop'];

export interface ScanCall {
  readonly lane: Lane;
  /** Nobody else sweeps its addresses meanwhile. Default false. */
  readonly owner?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ScanProgress) => void;
}

export interface RunScannerOptions {
  readonly queues: { readonly [L in Lane]: ShardSource } & { readonly results: ResultQueue };
  readonly scan: (shard: Shard, call: ScanCall) => Promise<ShardResult>;
  readonly claims: Claims;
  /** Asked before a shard is scanned, and every second meanwhile. */
  readonly whyStopped: WhyStopped;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly progress: RunProgress;
  /** Shards scanned at once in each lane. */
  readonly concurrency: Readonly<Record<Lane, number>>;
}

/** Seconds a receive waits for a shard to arrive: the most SQS allows. */
const WAIT_SECONDS = 20;
/** Pause after a queue could not be read: doubled from the first to the last. */
const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 30_000;
/** How often a shard that waits for its addresses asks for them, when nothing of this process ends sooner: from the first to the last. */
const FIRST_ASK_MS = 1_000;
const LAST_ASK_MS = 5_000;
/** How often a shard under way asks whether its run was stopped. */
const STOPPED_EVERY_MS = 1_000;
/** Urgent shards that may wait at once: a scan of every port of one address has 32, and confirmations come behind it. */
const URGENT_PARKED = 32;

/**
 * Scans what the shard queues hold until `signal` is aborted, then resolves when nothing is under way: unfinished shards are visible
 * on their queue again, and what they had found open is on the results queue. Never rejects for one shard or one failed call.
 * A shard whose addresses somebody else sweeps waits here and not at the queue, where it would be put aside after a few receives; others of its lane
 * go on beside it. Once it has its addresses a lane may have up to twice its shards at work.
 */
export async function runScanner(options: RunScannerOptions): Promise<void> {
  const consumers = LANES.flatMap((lane) => {
    // One poll a lane: whoever is free waits behind it and not at the queue, where every poll has its price.
    const turnstile = new Turnstile();
    const concurrency = options.concurrency[lane];
    const mostParked = lane === 'priority' ? Math.max(URGENT_PARKED, concurrency) : concurrency;
    const state: LaneState = { lane, turnstile, parked: new Set(), mostParked, mostScans: 2 * concurrency, scans: 0 };
    return Array.from({ length: concurrency }, async () => {
      await consume(state, options);
      await Promise.all(state.parked);
    });
  });
  await Promise.all(consumers);
}

/** What the consumers of a lane share. */
interface LaneState {
  readonly lane: Lane;
  readonly turnstile: Turnstile;
  /** Shards that wait for their addresses, each until it is settled. */
  readonly parked: Set<Promise<void>>;
  readonly mostParked: number;
  readonly mostScans: number;
  /** Under way now, or about to be. */
  scans: number;
}

async function consume(state: LaneState, options: RunScannerOptions): Promise<void> {
  const { lane, turnstile } = state;
  const { signal, log } = options;
  const source = options.queues[lane];
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    let received: ReceivedShard | undefined;
    try {
      received = await turnstile.pass(async () =>
        signal.aborted ? undefined : source.receive({ waitSeconds: WAIT_SECONDS, signal }),
      );
      pauseMs = FIRST_PAUSE_MS;
    } catch (thrown) {
      if (signal.aborted) return;
      log.warn('the shard queue cannot be read', { lane, reason: messageOf(thrown), retryMs: pauseMs });
      await pause(pauseMs, signal);
      pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2);
      continue;
    }
    if (received !== undefined) await scanReceived(received, state, options);
  }
}

/** Resolves when the shard is settled, or waits for its addresses in `parked`. */
async function scanReceived(received: ReceivedShard, state: LaneState, options: RunScannerOptions): Promise<void> {
  const { lane, parked } = state;
  const source = options.queues[lane];
  const stopExtending = keepHidden(received, source, options.log);
  const settle = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      stopExtending();
      await settleFailure(received, source, thrown, options);
    }
  };
  await settle(async () => {
    if ((await options.whyStopped(received.shard)) !== null) return drop(received, source, stopExtending);
    const claim = await options.claims.take(received.shard);
    if (claim !== undefined) {
      state.scans += 1;
      return scanClaimed(received, state, claim, stopExtending, options);
    }
    const waiting = settle(async () => {
      const later = await waitForClaim(received.shard, state, options);
      if (later === STOPPED) return drop(received, source, stopExtending);
      if (later !== null) return scanClaimed(received, state, later, stopExtending, options);
      stopExtending();
      await source.giveBack(received.handle);
    }).finally(() => parked.delete(waiting));
    parked.add(waiting);
    if (parked.size > state.mostParked) await waiting;
  });
}

const STOPPED = 'stopped';

/** Null when the scanner stops first. What has its claim counts as a scan. */
async function waitForClaim(
  shard: Shard,
  state: LaneState,
  { claims, signal, whyStopped }: RunScannerOptions,
): Promise<Claim | typeof STOPPED | null> {
  let pauseMs = FIRST_ASK_MS;
  while (!signal.aborted) {
    await claims.changed(pauseMs, signal);
    pauseMs = Math.min(LAST_ASK_MS, pauseMs * 1.5);
    if ((await whyStopped(shard)) !== null) return STOPPED;
    if (signal.aborted || state.scans >= state.mostScans) continue;
    // Counted while it asks: others that ask meanwhile must not find the same place.
    state.scans += 1;
    let claim: Claim | undefined;
    try {
      claim = await claims.take(shard);
    } finally {
      if (claim === undefined) state.scans -= 1;
    }
    if (claim !== undefined) return claim;
  }
  return null;
}

/** Result first, acknowledgement last: a crash in between repeats a result, which ingest takes twice without harm. */
async function scanClaimed(
  received: ReceivedShard,
  state: LaneState,
  claim: Claim,
  stopExtending: () => void,
  { queues, scan, signal: stopping, progress, whyStopped }: RunScannerOptions,
): Promise<void> {
  const { shard, handle } = received;
  const { lane } = state;
  const source = queues[lane];
  const run = watchRun(shard, whyStopped);
  const signal = AbortSignal.any([stopping, run.stopped, ...(claim.owner ? [claim.lost] : [])]);
  const onProgress = (now: ScanProgress): void => progress.report(shard, now);
  try {
    let result: ShardResult;
    try {
      result = await scan(shard, { lane, owner: claim.owner, signal, onProgress });
    } finally {
      run.end();
      // Before its end wakes those that wait for a place too.
      state.scans -= 1;
      await claim.end();
    }
    const interrupted = signal.aborted && result.status !== 'complete';
    if (!interrupted || result.results.some(({ open }) => open.length > 0)) {
      const told: ShardResult = interrupted ? { ...result, handedBack: true } : result;
      for (const part of partsOf(told)) await queues.results.send(part);
    }
    stopExtending();
    if (interrupted) await source.giveBack(handle);
    else await source.done(handle);
  } finally {
    progress.end(shard);
  }
}

/** Its run was stopped: nobody is told of what was not scanned but by the counts of the run. */
async function drop({ handle }: ReceivedShard, source: ShardSource, stopExtending: () => void): Promise<void> {
  stopExtending();
  await source.done(handle);
}

/** A shard that is interrupted goes back to its queue, and is dropped when it is received again. */
function watchRun(shard: Shard, whyStopped: WhyStopped): { stopped: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const look = async (): Promise<void> => {
    const why = await whyStopped(shard).catch(() => null);
    if (why !== null) controller.abort(why);
  };
  const timer = setInterval(() => void look(), STOPPED_EVERY_MS);
  return { stopped: controller.signal, end: () => clearInterval(timer) };
}

/** Left alone, the message comes back when its time is up and, after too many receipts, goes to the dead-letter queue. */
async function settleFailure(
  { shard, handle }: ReceivedShard,
  source: ShardSource,
  thrown: unknown,
  { signal, log }: RunScannerOptions,
): Promise<void> {
  const reason = messageOf(thrown);
  try {
    if (thrown instanceof Poison || thrown instanceof BadInput) await source.poison(handle, reason);
    else if (signal.aborted) await source.giveBack(handle);
    log.warn('a shard failed', { shardId: shard.shardId, runId: shard.runId, reason });
  } catch (second) {
    log.warn('a shard failed and could not be settled', { shardId: shard.shardId, reason, error: messageOf(second) });
  }
}

/** Extends the time of a shard at half of it, until the returned function is called. */
function keepHidden({ shard, handle }: ReceivedShard, source: ShardSource, log: Log): () => void {
  const seconds = source.visibilitySeconds;
  const timer = setInterval(() => {
    source.extend(handle, seconds).catch((thrown: unknown) => {
      // It may be scanned a second time meanwhile: results are taken twice without harm.
      log.warn('could not extend the time of a shard', { shardId: shard.shardId, reason: messageOf(thrown) });
    });
  }, seconds * 500);
  return () => clearInterval(timer);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
