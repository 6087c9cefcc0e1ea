import type { Fingerprint } from '../fingerprints/fingerprint.ts';
import { neverSeen } from '../fingerprints/observed.ts';
import type { PortSet } from '../net/port-set.ts';
import { days, type Instant, msBetween } from '../time.ts';
import { isUnderWay } from './run-life.ts';
import type { TaskRun } from './task-run.ts';

/** What may be missing of a sweep that is taken for one: an address that never ends well would not end well in another sweep either. */
const MISSED_SHARE = 0.01;
const WEEK_MS = days(7);

/**
 * Is the run a full sweep that began in the last week or is still under way, and of which at most one shard in a hundred was lost or ended
 * badly? One that is under way after more than a week needs the whole rate: another sweep beside it would only make both later.
 */
export function vouches(run: TaskRun | undefined, rate: number, now: Instant): boolean {
  if (run === undefined) return false;
  const underWay = isUnderWay(run, rate, now);
  if (!underWay && msBetween(run.startedAt, now) >= WEEK_MS) return false;
  const lost = underWay ? 0 : run.shards - run.complete - run.incomplete;
  return run.incomplete + lost <= MISSED_SHARE * run.shards;
}

/** Has every one of these ports of the address been observed, at whatever time? Not so of one that was added after the last full sweep began. */
export function wasSwept(fingerprint: Fingerprint | undefined, ports: PortSet): boolean {
  return fingerprint !== undefined && neverSeen(fingerprint.observed, ports).isEmpty;
}
