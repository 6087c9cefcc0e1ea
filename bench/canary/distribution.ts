import { latencies } from '../support/stats.ts';
import { LEGS, type Run } from './once.ts';

/** All runs so far: how many ended how, and each leg's quantiles in seconds. What was missed is counted, never left out. */
export function distributionOf(runs: readonly Run[]) {
  const count = (outcome: Run['outcome']) => runs.filter((run) => run.outcome === outcome).length;
  const legs = LEGS.map((leg) => [leg, latencies(runs.flatMap(({ legs: each }) => each[leg] ?? []))] as const);
  return {
    runs: runs.length,
    noticed: count('noticed'),
    late: count('late'),
    missed: count('missed'),
    legs: Object.fromEntries(legs.filter(([, { count: measured }]) => measured > 0)),
  };
}
