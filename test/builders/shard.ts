import type { Shard } from '../../core/planning/shard.ts';

/** A sweep of 127.0.0.1 ports 1-100, made at 09:00 and good until 09:10 on 1 March 2026. */
export function aShard(over: Partial<Shard> = {}): Shard {
  return {
    shardId: 's-0000000000000001',
    runId: 'r-0000000000000001',
    taskId: '2',
    purpose: 'sweep',
    addresses: ['127.0.0.1'],
    protocol: 'tcp',
    ports: '1-100',
    excluded: {},
    tries: 1,
    timeoutMs: 300,
    rate: null,
    createdAt: '2026-03-01T09:00:00.000Z',
    notAfter: '2026-03-01T09:10:00.000Z',
    planId: null,
    ...over,
  };
}
