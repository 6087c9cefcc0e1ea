import type { ScannedBy } from '../../../core/planning/task-run.ts';
import { addSums, type EstimateSums, NOTHING_MEASURED, sumsOf } from '../../../core/scanning/estimate.ts';

/** How shards were scanned, as attributes of their run: numbers that are only added to. */
type Scans = Readonly<Record<string, number>>;
type Attributes = Readonly<Record<string, unknown>>;

/** How one shard was scanned, in its marker. */
export interface MarkedScan extends EstimateSums {
  readonly engine: string;
}

/** Before the name of an engine: how many shards it scanned. */
const ENGINE = 'engine#';
const SUMS = { probes: 'probesMeasured', lost: 'probesLost', missed: 'openingsMissed', drops: 'receiveDrops' } as const;
const SUM_NAMES: ReadonlySet<string> = new Set(Object.values(SUMS));

/** Without zeros: most runs have nothing to say. */
export function scanAttributes(engines: Readonly<Record<string, number>>, sums: EstimateSums): Scans {
  const all = [
    ...Object.entries(engines).map(([name, shards]) => [ENGINE + name, shards] as const),
    ...Object.entries(SUMS).map(([key, name]) => [name, sums[key as keyof EstimateSums]] as const),
  ];
  return Object.fromEntries(all.filter(([, value]) => value !== 0));
}

/**
 * Absent is none, as for a run that was stored before they were counted; what is no number is NaN. A shard that was taken away before it was
 * counted counts as none until then.
 */
export function scansOf(run: Attributes): { engines: Record<string, number>; sums: EstimateSums } {
  const numberAt = (name: string): number => {
    const value = run[name] ?? 0;
    return typeof value === 'number' ? Math.max(0, value) : Number.NaN;
  };
  const engines = Object.keys(run).flatMap((name) => {
    const shards = name.startsWith(ENGINE) ? numberAt(name) : 0;
    return shards === 0 ? [] : [[name.slice(ENGINE.length), shards] as const];
  });
  const probes = numberAt(SUMS.probes);
  const sums = {
    probes,
    lost: Math.min(1_000 * probes, numberAt(SUMS.lost)),
    missed: numberAt(SUMS.missed),
    drops: numberAt(SUMS.drops),
  };
  return { engines: Object.fromEntries(engines), sums };
}

export function markedScan(by: ScannedBy | null): MarkedScan | null {
  return by === null ? null : { engine: by.engine, ...sumsOf(by.estimate) };
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
  over(run: Attributes): Scans {
    const known = Object.keys(run).filter((name) => name.startsWith(ENGINE) || SUM_NAMES.has(name));
    const none = known.map((name) => [name, 0] as const);
    return { ...Object.fromEntries(none), ...scanAttributes(this.engines, this.sums) };
  }
}
