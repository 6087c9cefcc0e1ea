/** Scans a shard as a scanner does, in a process of its own: `shard-child.ts SHARD` prints the `ShardResult`. */
import type { Shard } from '../../../core/planning/shard.ts';
import { hostEngines } from '../../../fargate-scanner/engines/engines.ts';
import { ownAddresses } from '../../../fargate-scanner/engines/own-addresses.ts';
import { makeScan } from '../../../fargate-scanner/make-scan.ts';
import { NOTHING_FORBIDDEN } from './nothing-forbidden.ts';

const engines = hostEngines();
const shard = JSON.parse(process.argv[2] ?? '{}') as Shard;
const scan = makeScan({
  ...NOTHING_FORBIDDEN,
  ownAddresses,
  clock: { now: () => shard.createdAt },
  rate: 5_000,
  addressRates: { owner: 400, small: 100 },
  concurrency: { priority: 1, bulk: 1, backstop: 1 },
  engines: engines.owners,
  smallEngines: engines.small,
});
const result = await scan(shard, {
  lane: 'bulk',
  signal: new AbortController().signal,
  onProgress: () => undefined,
});
console.log(JSON.stringify(result));
