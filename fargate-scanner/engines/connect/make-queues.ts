import { SharedBucket } from '../../../core/scanning/shared-bucket.ts';
import type { Observation, ScanJob } from '../engine.ts';
import { portsOf, type SweepPart } from './divide.ts';
import { TargetQueue } from './target-queue.ts';

/** A queue for each part; parts with the same ports share the list. `batch`: where observations are put now. */
export function makeQueues(
  parts: readonly SweepPart[],
  job: Pick<ScanJob, 'tries' | 'timeoutMs' | 'seed'>,
  batch: () => Observation[],
): TargetQueue[] {
  const lists = new Map<string, Uint16Array>();
  return parts.map((one) => {
    const { address, bucket, target, part, of } = one;
    const key = `${part}/${of} ${one.ranges.join(' ')}`;
    const ports = lists.get(key) ?? portsOf(one);
    lists.set(key, ports);
    const inTime = bucket === null ? Infinity : (bucket.rate * job.timeoutMs * 1.2) / 1_000;
    return new TargetQueue(address, {
      ports,
      tries: job.tries,
      seed: (job.seed + Math.imul(target * of + part, 0x85ebca6b)) >>> 0,
      bucket: bucket === null ? null : new SharedBucket(bucket),
      maxInFlight: Math.max(10, Math.ceil(inTime / of)),
      batch,
    });
  });
}
