/** One process that scans 1-65535 of addresses as one shard: `scan-once.ts RATE ADDRESS...` prints `{ status, reason, open: ["address port"], unknown, scanMs }`. */
import { Exclusions } from '../../core/net/exclusions.ts';
import type { Shard } from '../../core/planning/shard.ts';
import { after, minutes, toInstant } from '../../core/time.ts';
import { connectEngine } from '../../fargate-scanner/engines/connect/connect-engine.ts';
import { scanShard } from '../../fargate-scanner/scan-shard.ts';

const [rate = '', ...addresses] = process.argv.slice(2);
const now = toInstant(Date.now());
const shard: Shard = {
  shardId: 's-bench',
  runId: 'r-bench',
  taskId: 'scan',
  purpose: 'sweep',
  addresses,
  protocol: 'tcp',
  ports: '1-65535',
  excluded: {},
  tries: 1,
  timeoutMs: 1_250,
  rate: Number(rate),
  createdAt: now,
  notAfter: after(now, minutes(10)),
  planId: null,
};
const startedAt = performance.now();
const result = await scanShard(shard, {
  engine: connectEngine(),
  clock: { now: () => toInstant(Date.now()) },
  killSwitch: { read: async () => ({ on: false, reason: null }) },
  exclusions: Exclusions.NONE,
  recheck: async () => ({ ours: new Set(addresses) }),
  limits: { rate: 5_000, shared: null, perAddressRate: null, deadlineMs: minutes(5) },
  ownAddresses: () => new Set(),
  loopback: false,
});
console.log(
  JSON.stringify({
    status: result.status,
    reason: result.reason,
    open: result.results.flatMap((seen) => seen.open.map(({ port }) => `${seen.address} ${port}`)),
    unknown: result.results.map((seen) => seen.unknown).join(''),
    scanMs: Math.round(performance.now() - startedAt),
  }),
);
