import type { AddressResult, OpenPort, ShardResult } from '../../core/fingerprints/shard-result.ts';
import type { Shard } from '../../core/planning/shard.ts';

export function anOpenPort(port: number, over: Partial<OpenPort> = {}): OpenPort {
  return { port, reason: 'connected', rttMs: 0.4, tries: 1, ...over };
}

/** 192.0.2.3 looked at on all ports from 09:00:10 to 09:00:11: 22 and 80 open, the rest silent. */
export function anAddressResult(over: Partial<AddressResult> = {}): AddressResult {
  return {
    address: '192.0.2.3',
    protocol: 'tcp',
    covered: '1-65535',
    open: [anOpenPort(22), anOpenPort(80)],
    closed: '',
    unknown: '',
    unknownReasons: {},
    probes: 1,
    startedAt: '2026-03-01T09:00:10.000Z',
    finishedAt: '2026-03-01T09:00:11.000Z',
    ...over,
  };
}

/** The shard of a result: one sweep of 192.0.2.3. */
function aShardOf(over: Partial<Shard>): Shard {
  return {
    shardId: 's-0000000000000001',
    runId: 'r-0000000000000001',
    taskId: 'full',
    purpose: 'sweep',
    addresses: ['192.0.2.3'],
    protocol: 'tcp',
    ports: '1-65535',
    excluded: {},
    tries: 1,
    timeoutMs: 1_250,
    rate: null,
    createdAt: '2026-03-01T09:00:09.000Z',
    notAfter: '2026-03-01T09:10:09.000Z',
    planId: null,
    ...over,
  };
}

export function aShardResult(over: Partial<Omit<ShardResult, 'shard'>> & { shard?: Partial<Shard> } = {}): ShardResult {
  return {
    engine: 'connect',
    status: 'complete',
    reason: null,
    results: [anAddressResult()],
    startedAt: '2026-03-01T09:00:10.000Z',
    finishedAt: '2026-03-01T09:00:11.000Z',
    ...over,
    shard: aShardOf(over.shard ?? {}),
  };
}
