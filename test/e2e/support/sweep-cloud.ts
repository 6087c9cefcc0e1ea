/**
 * The embedded cloud with the functions behind its queues, without a scanner, in the namespace it is started in. Asked by lines on stdin, it
 * answers a line of JSON each: `env` what a scanner needs, `progress` the run, `again` how many shards it has delivered once more, `end` everything
 * that was recorded, once nothing is left to do. The queue does what SQS may do: shards come in any order, and some come twice.
 *   sweep-cloud.ts DIRECTORY PORTS SEED ADDRESS...
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeClients } from '../../../adapters/aws/clients.ts';
import type { AlertItem } from '../../../core/alerting/alert.ts';
import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';
import { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { LOCAL_VISIBILITY_SECONDS } from '../../../core/deployment/resources.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import type { ShardQueue } from '../../../core/ports/queues.ts';
import { startRun } from '../../../core/stages/dispatch.ts';
import { toInstant } from '../../../core/time.ts';
import { startEmbeddedCloud } from '../../../local/cloud/embedded-cloud.ts';
import { type PumpedQueue, startEventPump } from '../../../local/cloud/event-pump.ts';
import { localBasePorts } from '../../../local/machine/base-ports.ts';
import { pumpedQueues } from '../../../local/machine/functions.ts';
import { seeded } from '../../support/random.ts';
import { anAsset } from '../../builders/asset.ts';
import type { Sweep } from './sweep.ts';

const [directory = '', ports = '', seed = '', ...addresses] = process.argv.slice(2);
const RUN = 'r-sweep';
/** One shard in so many is delivered twice from the beginning. */
const TWICE = 16;
/** Shards delivered once more when asked. */
const AGAIN = 32;
const clock = { now: () => toInstant(Date.now()) };
const log = { info: () => undefined, warn: (message: string, fields = {}) => console.error(message, fields) };
const cloud = await startEmbeddedCloud({ dataDir: join(directory, 'cloud') });
const clients = makeClients(cloud.clientOptions);
const base = await localBasePorts({
  cloud,
  clients,
  settings: { ...DEFAULT_SETTINGS, targets: addresses, mode: 'observe', rate: 50_000 },
  dataDir: directory,
  clock,
  log,
  listening: { host: '127.0.0.1', port: 8_460 },
});
const { queueUrls: queues, deadLetterUrls } = cloud;
const told: AlertItem[] = [];
const sweeps = new Map<string, Sweep>();

/** The queue whose consumer also tells which scanner was at which address from when to when. */
function watched(queue: PumpedQueue): PumpedQueue {
  if (queue.name !== 'results') return queue;
  const handler: PumpedQueue['handler'] = (event, context) => {
    for (const { body } of event.Records) {
      const { shard, startedAt: from, finishedAt: until } = ShardResult.parse(JSON.parse(body));
      if (shard.purpose !== 'sweep') continue;
      for (const address of shard.addresses) sweeps.set(`${address} ${from} ${until}`, { address, from, until });
    }
    return queue.handler(event, context);
  };
  return { ...queue, handler };
}

const pump = startEventPump({
  sqs: clients.sqs,
  region: cloud.region,
  visibilitySeconds: LOCAL_VISIBILITY_SECONDS,
  queues: pumpedQueues(cloud, clients, base, async ({ items }) => void told.push(...items)).map(watched),
  alsoWatched: [queues.shards, queues['shards-priority'], queues['shards-backstop']],
  log,
});
await base.assets.putAll(addresses.map((address) => anAsset({ address, learnedAt: clock.now() })));
const random = seeded(Number(seed));
let delivered: readonly Shard[] = [];
const anyOrder: ShardQueue = {
  async send(shards, options) {
    const all = [...shards, ...shards.filter((_shard, i) => i % TWICE === 0)];
    delivered = all
      .map((shard) => ({ shard, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ shard }) => shard);
    await base.shards.send(delivered, options);
  },
};
await startRun(
  { ...base, shards: anyOrder },
  {
    runId: RUN,
    task: { id: '1', name: 'full ports', tries: 1, timeoutMs: 1_250, maxShardProbes: 2_048 },
    work: new Map(addresses.map((address) => [address, PortSet.parse(ports)])),
    priority: false,
    backstop: true,
    scope: null,
  },
);

const answers: Record<string, () => Promise<unknown>> = {
  env: async () => ({
    AWS_REGION: cloud.region,
    AWS_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cloud.credentials.secretAccessKey,
    DYNAMODB_ENDPOINT: cloud.endpoints.dynamodb,
    SQS_ENDPOINT: cloud.endpoints.queues,
    TABLE_NAME: cloud.tableName,
    SHARDS_QUEUE_URL: queues.shards,
    SHARDS_PRIORITY_QUEUE_URL: queues['shards-priority'],
    SHARDS_BACKSTOP_QUEUE_URL: queues['shards-backstop'],
    SHARDS_DEAD_LETTERS_QUEUE_URL: deadLetterUrls.shards,
    SHARDS_PRIORITY_DEAD_LETTERS_QUEUE_URL: deadLetterUrls['shards-priority'],
    SHARDS_BACKSTOP_DEAD_LETTERS_QUEUE_URL: deadLetterUrls['shards-backstop'],
    RESULTS_QUEUE_URL: queues.results,
  }),
  progress: () => base.runs.get(RUN).then((run) => run ?? null),
  async again() {
    const some = delivered.slice(0, AGAIN);
    await base.shards.send(some, { backstop: true });
    return some.length;
  },
  async end() {
    await pump.drained(AbortSignal.timeout(60_000));
    return {
      run: await base.runs.get(RUN),
      fingerprints: await base.fingerprints.list(),
      changes: await base.changes.list({ limit: 10_000 }),
      findings: await base.findings.list(),
      told,
      sweeps: [...sweeps.values()],
      results: pump.stats()['results'],
    };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answers[line]?.()));
}
await pump.stop();
await cloud.stop();
process.exit(0);
