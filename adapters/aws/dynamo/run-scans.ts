import type { ScannedBy } from '../../../core/planning/task-run.ts';
import { addSums, type EstimateSums, NOTHING_MEASURED, sumsOf } from '../../../core/scanning/estimate.ts';
import { type RunAttributes, scanAttributes, scanNames, type Scans } from './run-counts.ts';

/** How one shard was scanned, in its marker. */
export interface MarkedScan extends EstimateSums {
  readonly engine: string;
}

export function markedScan(by: ScannedBy | null): MarkedScan | null {
  return by === null ? null : { engine: by.engine, ...sumsOf(by.estimate, by.unknown, by.vacant) };
}

/** What the run gets for a shard that counts as `after` from now on, and counted as `before`. */
export function scansToAdd(before: MarkedScan | null, after: MarkedScan | null): Scans {
  const [old, now] = [new ScanSums(), new ScanSums()];
  if (before !== null) old.add(before);
  if (after !== null) now.add(after);
  const engines = { ...now.engines };
  for (const [name, shards] of Object.entries(old.engines)) engines[name] = (engines[name] ?? 0) - shards;
  return scanAttributes(engines, addSums(now.sums, old.sums, -1));
}

/** What all markers of a run make together. */
export class ScanSums {
  readonly engines: Record<string, number> = {};
  sums: EstimateSums = NOTHING_MEASURED;

  add(scan: MarkedScan): void {
    this.engines[scan.engine] = (this.engines[scan.engine] ?? 0) + 1;
    this.sums = addSums(this.sums, scan);
  }

  /** The run's attributes, with a 0 for those that it has and no marker. */
  over(run: RunAttributes): Scans {
    const none = scanNames(run).map((name) => [name, 0] as const);
    return { ...Object.fromEntries(none), ...scanAttributes(this.engines, this.sums) };
  }
}
