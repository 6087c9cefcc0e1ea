/**
 * The embedded cloud with the functions behind its queues, without a scanner, in the namespace it is started in. Asked by lines on stdin, it
 * answers a line of JSON each: `env` what a scanner needs, `progress` the run, `end` everything that was recorded, once nothing is left to do.
 *   sweep-cloud.ts DIRECTORY PORTS ADDRESS...
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeClients } from '../../../adapters/aws/clients.ts';
import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';
import { LOCAL_VISIBILITY_SECONDS } from '../../../core/deployment/resources.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { startRun } from '../../../core/stages/dispatch.ts';
import { toInstant } from '../../../core/time.ts';
import { startEmbeddedCloud } from '../../../local/cloud/embedded-cloud.ts';
import { startEventPump } from '../../../local/cloud/event-pump.ts';
import { localBasePorts } from '../../../local/machine/base-ports.ts';
import { pumpedQueues } from '../../../local/machine/functions.ts';
import { anAsset } from '../../builders/asset.ts';

const [directory = '', ports = '', ...addresses] = process.argv.slice(2);
const RUN = 'r-sweep';
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
const pump = startEventPump({
  sqs: clients.sqs,
  region: cloud.region,
  visibilitySeconds: LOCAL_VISIBILITY_SECONDS,
  queues: pumpedQueues(cloud, clients, base, async () => undefined),
  alsoWatched: [queues.shards, queues['shards-priority'], queues['shards-backstop']],
  log,
});
await base.assets.putAll(addresses.map((address) => anAsset({ address, learnedAt: clock.now() })));
await startRun(base, {
  runId: RUN,
  task: { id: '1', name: 'full ports', tries: 1, timeoutMs: 1_250, maxShardProbes: 2_048 },
  work: new Map(addresses.map((address) => [address, PortSet.parse(ports)])),
  priority: false,
  backstop: true,
  scope: null,
});

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
  async end() {
    await pump.drained(AbortSignal.timeout(60_000));
    return {
      run: await base.runs.get(RUN),
      fingerprints: await base.fingerprints.list(),
      changes: await base.changes.list({ limit: 10_000 }),
      findings: await base.findings.list(),
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
