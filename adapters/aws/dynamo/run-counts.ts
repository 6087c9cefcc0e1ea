import type { EstimateSums } from '../../../core/scanning/estimate.ts';

/** What is stored of a run, its key aside. */
export type RunAttributes = Readonly<Record<string, unknown>>;

/** How shards were scanned, as attributes of their run: numbers that are only added to. */
export type Scans = Readonly<Record<string, number>>;

/** Before the name of an engine: how many shards it scanned. */
const ENGINE = 'engine#';
const SUMS = {
  probes: 'probesMeasured',
  lost: 'probesLost',
  missed: 'openingsMissed',
  drops: 'receiveDrops',
  unknown: 'portsUnknown',
  vacant: 'portsVacant',
} as const;
const SUM_NAMES: ReadonlySet<string> = new Set(Object.values(SUMS));

/**
 * Absent counts are none, as for a run that was stored before there were counts; any other value that is no number is NaN. A shard that
 * is counted as complete before it is counted at all is left out until then.
 */
export function countsOf(run: RunAttributes): { ended: number; complete: number; doubts: number } {
  const ended = numberAt(run, 'shardsEnded');
  return { ended, complete: Math.min(ended, numberAt(run, 'shardsComplete')), doubts: numberAt(run, 'doubts') };
}

/** Without zeros: most runs have nothing to say. */
export function scanAttributes(engines: Readonly<Record<string, number>>, sums: EstimateSums): Scans {
  const all = [
    ...Object.entries(engines).map(([name, shards]) => [ENGINE + name, shards] as const),
    ...Object.entries(SUMS).map(([key, name]) => [name, sums[key as keyof EstimateSums]] as const),
  ];
  return Object.fromEntries(all.filter(([, value]) => value !== 0));
}

/** The names among these that `scanAttributes` gives. */
export function scanNames(run: RunAttributes): string[] {
  return Object.keys(run).filter((name) => name.startsWith(ENGINE) || SUM_NAMES.has(name));
}

/** As `countsOf`. A shard that was taken away before it was counted counts as none until then. */
export function scansOf(run: RunAttributes): { engines: Record<string, number>; sums: EstimateSums } {
  const countAt = (name: string): number => Math.max(0, numberAt(run, name));
  const engines = Object.keys(run).flatMap((name) => {
    const shards = name.startsWith(ENGINE) ? countAt(name) : 0;
    return shards === 0 ? [] : [[name.slice(ENGINE.length), shards] as const];
  });
  const probes = countAt(SUMS.probes);
  const sums = {
    probes,
    lost: Math.min(1_000 * probes, countAt(SUMS.lost)),
    missed: countAt(SUMS.missed),
    drops: countAt(SUMS.drops),
    unknown: countAt(SUMS.unknown),
    vacant: countAt(SUMS.vacant),
  };
  return { engines: Object.fromEntries(engines), sums };
}

function numberAt(run: RunAttributes, name: string): number {
  const value = run[name] ?? 0;
  return typeof value === 'number' ? value : Number.NaN;
}
