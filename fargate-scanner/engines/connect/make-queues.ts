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
  const known = new Map<string, Uint16Array>();
  const lists = parts.map((one) => {
    const key = `${one.part}/${one.of} ${one.ranges.join(' ')}`;
    const ports = known.get(key) ?? portsOf(one);
    known.set(key, ports);
    return ports;
  });
  const pairs = lists.reduce((sum, ports) => sum + ports.length, 0);
  // One array for all: thousands of short ones would take more memory than what is in them.
  const [evidence, counts] = [new Uint8Array(pairs), new Uint8Array(pairs)];
  let end = 0;
  return parts.map(({ address, bucket, target, part, of }, i) => {
    const ports = lists[i] ?? new Uint16Array();
    const start = end;
    end += ports.length;
    const inTime = bucket === null ? Infinity : (bucket.rate * job.timeoutMs * 1.2) / 1_000;
    return new TargetQueue(address, {
      ports,
      tries: job.tries,
      seed: (job.seed + Math.imul(target * of + part, 0x85ebca6b)) >>> 0,
      bucket: bucket === null ? null : new SharedBucket(bucket),
      maxInFlight: Math.max(10, Math.ceil(inTime / of)),
      evidence: evidence.subarray(start, end),
      counts: counts.subarray(start, end),
      batch,
    });
  });
}
