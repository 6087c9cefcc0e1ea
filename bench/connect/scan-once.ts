/** One process that scans 1-65535 of addresses as one shard: `scan-once.ts RATE ADDRESS...` prints `{ status, reason, open: ["address port"], unknown, scanMs }`. */
import { minutes, toInstant } from '../../core/time.ts';
import { connectEngine } from '../../fargate-scanner/engines/connect/connect-engine.ts';
import { scanShard } from '../../fargate-scanner/scan-shard.ts';
import { NOTHING_FORBIDDEN } from '../../test/support/scanner/nothing-forbidden.ts';
import { aShard } from '../support/a-shard.ts';

const [rate = '', ...addresses] = process.argv.slice(2);
const shard = aShard({ addresses, ports: '1-65535', tries: 1, rate: Number(rate) });
const startedAt = performance.now();
const result = await scanShard(shard, {
  ...NOTHING_FORBIDDEN,
  engine: connectEngine(),
  clock: { now: () => toInstant(Date.now()) },
  limits: { rate: 5_000, shared: null, perAddressRate: null, deadlineMs: minutes(5) },
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
