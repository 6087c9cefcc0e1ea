import { grouped } from '../core/text/counts.ts';
import { humanDuration } from '../core/time.ts';
import type { ScanProgress } from './engines/engine.ts';

/** `scan: 12,500 of 65,535 probes (19 %), 4,980/s, 11s left`. `etaMs` null: nothing moves. */
export function progressLine(progress: { done: number; total: number; rate: number; etaMs: number | null }): string {
  const { done, total, rate, etaMs } = progress;
  const percent = total === 0 ? 100 : Math.min(100, Math.floor((done * 100) / total));
  const left = etaMs === null ? 'waiting for answers' : `${humanDuration(etaMs)} left`;
  return `scan: ${grouped(done)} of ${grouped(total)} probes (${percent} %), ${grouped(Math.round(rate))}/s, ${left}`;
}

/** Scanning shorter than this is not worth a line. */
const QUIET_MS = 2_000;
const EVERY_MS = 1_000;

export interface RunProgress {
  report(shardId: string, progress: ScanProgress): void;
  end(shardId: string): void;
}

/** Adds up the shards under way and says so, at most once a second, once scanning has gone on for two. `now`: monotonic milliseconds. */
export function runProgress(write: (line: string) => void, now: () => number = () => performance.now()): RunProgress {
  const shards = new Map<string, ScanProgress>();
  let since: number | null = null;
  let saidAt = -Infinity;
  return {
    report(shardId, progress) {
      const at = now();
      // The engine's first report comes after a second of work.
      since ??= at - EVERY_MS;
      shards.set(shardId, progress);
      if (at - since < QUIET_MS || at - saidAt < EVERY_MS) return;
      saidAt = at;
      const sum = { done: 0, total: 0, rate: 0 };
      for (const one of shards.values()) {
        sum.done += one.done;
        sum.total += one.total;
        sum.rate += one.rate;
      }
      const etaMs = sum.rate < 1 ? null : (Math.max(0, sum.total - sum.done) * 1_000) / sum.rate;
      write(progressLine({ ...sum, etaMs }));
    },
    end(shardId) {
      shards.delete(shardId);
      if (shards.size === 0) since = null;
    },
  };
}
