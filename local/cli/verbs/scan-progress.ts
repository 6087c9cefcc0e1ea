import { type Busiest, msOf } from '../../../core/planning/busiest.ts';
import type { TaskRun } from '../../../core/planning/task-run.ts';
import { counted, grouped } from '../../../core/text/counts.ts';
import { humanDuration } from '../../../core/time.ts';

/** A scan that ends sooner is not worth a line. */
const QUIET_MS = 2_000;
/** Between two lines: at first a second, later a quarter of the time that has passed. A scan of hours has one a minute. */
const LEAST_GAP_MS = 1_000;
const GAP_PART = 0.25;
const MOST_GAP_MS = 60_000;
/** The pace is that of so much time before now: shards end in steps. */
const PACE_MS = 15_000;

interface Sample {
  readonly at: number;
  readonly probed: number;
}

/**
 * Makes the lines that say how far a scan is, all of its shards together: `scan: 12,500 of 65,535 probes (19 %), 400/s, 2m13s left`. Few of
 * them however long it takes, and none when everything is probed: what is left then is to compare and to confirm.
 */
export class ScanProgressLines {
  readonly #startedAt: number;
  #saidAt = -Infinity;
  #samples: readonly Sample[];

  constructor(now: number) {
    this.#startedAt = now;
    this.#samples = [{ at: now, probed: 0 }];
  }

  /** The line that is due, or null. `now`: milliseconds; `probed`: address x port pairs, of `probes` in all. */
  lineAt(now: number, probed: number, { probes, scope }: Pick<TaskRun, 'probes' | 'scope'>): string | null {
    const last = this.#samples.at(-1) as Sample;
    // What has been probed is forgotten for a moment while its result is on its way.
    const done = Math.max(last.probed, Math.min(probed, probes));
    // From when it began to move: what was before is the start, and no pace.
    const from = this.#samples.findLastIndex((one) => one.at <= now - PACE_MS || one.probed === 0);
    this.#samples = [...this.#samples.slice(Math.max(0, from)), { at: now, probed: done }];
    const passed = now - this.#startedAt;
    const gap = Math.min(MOST_GAP_MS, Math.max(LEAST_GAP_MS, passed * GAP_PART));
    if (passed < QUIET_MS || now - this.#saidAt < gap || done >= probes) return null;
    this.#saidAt = now;
    const [first = last] = this.#samples;
    const perSecond = ((done - first.probed) * 1_000) / Math.max(1, now - first.at);
    return progressLine({ done, probes, perSecond, busiest: scope?.busiest });
  }
}

function progressLine(now: { done: number; probes: number; perSecond: number; busiest: Busiest | undefined }): string {
  const { done, probes, perSecond, busiest } = now;
  const percent = Math.floor((done * 100) / probes);
  const atPace = perSecond === 0 ? null : ((probes - done) * 1_000) / perSecond;
  // However fast the others are done, this address takes what it takes.
  const atBusiest = busiest === undefined ? 0 : msOf(busiest) * (1 - done / probes);
  const left = atPace === null ? 'waiting for answers' : `${humanDuration(Math.max(atPace, atBusiest))} left`;
  return `scan: ${grouped(done)} of ${counted(probes, 'probe')} (${percent} %), ${grouped(Math.round(perSecond))}/s, ${left}`;
}
