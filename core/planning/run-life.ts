import { days, hours, minutes, msBetween, type Instant } from '../time.ts';
import type { TaskRun } from './task-run.ts';

/** Who owns an address was looked up when its shard was made. After ten minutes it may be somebody else: then it is looked up again. */
export const OWNED_FOR_MS = minutes(10);
/** A run may take so many times what it takes alone at the configured rate: lanes and other runs share it. */
const PATIENCE = 8;
/** Of one address the sweeps come one after the other: two runs at it take twice as long. */
const ADDRESS_PATIENCE = 2;
/** A lost message of a small run holds up its next turn no longer than this. */
const LEAST_MS = minutes(10);
/** The queues keep a message for 14 days. */
const MOST_MS = days(13);
/** Shards wait behind those of other tasks. */
const QUEUED_MS = hours(1);
const RUN_KEPT_MS = days(2);
/** What may be missing of a run that is otherwise done: those shards are lost, or will be scanned beside the next run. */
const LOST_SHARE = 0.01;

/** Work of one run. */
interface Load {
  /** Address x port pairs. */
  readonly probes: number;
  /** Probes a second. */
  readonly rate: number;
  /** What its most probed address takes at the rate to one, milliseconds. Absent: it is not known, and counts for nothing. */
  readonly busiestMs?: number;
}

/** Milliseconds after which an unfinished run counts as lost. */
export function runLifeMs({ probes, rate, busiestMs = 0 }: Load): number {
  return Math.min(MOST_MS, Math.max(LEAST_MS, (PATIENCE * probes * 1_000) / rate, ADDRESS_PATIENCE * busiestMs));
}

/** Milliseconds that a shard of the run may wait in its queue. */
export function shardLifeMs(load: Load): number {
  return Math.min(MOST_MS, runLifeMs(load) + QUEUED_MS);
}

/** Milliseconds that the run is kept: until its shards have ended, and its next turn but one. */
export function runKeptMs(load: Load, everyMs: number): number {
  return Math.max(RUN_KEPT_MS + shardLifeMs(load), 2 * everyMs);
}

/** Would its next turn only queue again what still waits? */
export function isUnderWay(run: TaskRun, rate: number, now: Instant): boolean {
  if (run.finishedAt !== null) return false;
  const age = msBetween(run.startedAt, now);
  if (age < LEAST_MS) return true;
  const left = run.shards - run.complete - run.incomplete;
  return age < runLifeMs({ probes: run.probes, rate }) && left > Math.max(1, run.shards * LOST_SHARE);
}
