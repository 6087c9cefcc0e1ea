import type { Shard } from '../../core/planning/shard.ts';
import { after, minutes, toInstant } from '../../core/time.ts';

/** A sweep of TCP ports, made now and good for ten minutes. */
export function aShard(over: Pick<Shard, 'addresses' | 'ports' | 'tries' | 'rate'>): Shard {
  const now = toInstant(Date.now());
  return {
    shardId: 's-bench',
    runId: 'r-bench',
    taskId: 'scan',
    purpose: 'sweep',
    protocol: 'tcp',
    excluded: {},
    timeoutMs: 1_250,
    createdAt: now,
    notAfter: after(now, minutes(10)),
    planId: null,
    ...over,
  };
}
