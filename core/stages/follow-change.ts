import type { ShardResult } from '../fingerprints/shard-result.ts';
import type { Metrics } from '../ports/metrics.ts';
import { msBetween } from '../time.ts';
import { probeAgain, type ProbeChangePorts } from './probe-change.ts';

/** What follows a result of task 10: how long the answer took is a number, and what gave none is probed again. */
export function makeFollowChange(
  ports: ProbeChangePorts & { metrics: Metrics },
): (result: ShardResult) => Promise<void> {
  return async function followChange(result) {
    const { cause } = result.shard;
    if (cause === undefined) return;
    const answered = result.results.filter(({ open }) => open.length > 0).map(({ finishedAt }) => finishedAt);
    const first = answered.toSorted()[0];
    if (first !== undefined) ports.metrics.latency('scanned', msBetween(cause.evaluatedAt, first));
    await probeAgain(ports, result);
  };
}
