import { randomBytes } from 'node:crypto';
import { makeClients } from '../adapters/aws/clients.ts';
import { DynamoKillSwitch } from '../adapters/aws/dynamo/kill-switch.ts';
import { DynamoAddressLeases } from '../adapters/aws/dynamo/address-leases.ts';
import { sqsDeadLetters } from '../adapters/aws/sqs-dead-letters.ts';
import { sqsResultQueue } from '../adapters/aws/sqs-queues.ts';
import { sqsShardSource } from '../adapters/aws/sqs-shard-source.ts';
import { DynamoAssetStore } from '../adapters/aws/dynamo/asset-store.ts';
import { DynamoTaskRunStore } from '../adapters/aws/dynamo/task-run-store.ts';
import { messageOf } from '../core/errors.ts';
import type { Log } from '../core/ports/log.ts';
import { addressRatesOf } from '../core/scanning/address-share.ts';
import { toInstant } from '../core/time.ts';
import { readEnv } from '../core/config/read-env.ts';
import { makeClaims } from './claims.ts';
import { ContainerEnv } from './env.ts';
import { hostEngines } from './engines/engines.ts';
import { ownAddresses } from './engines/own-addresses.ts';
import { waysOut } from './engines/ways-out.ts';
import { makeScan } from './make-scan.ts';
import { makeRecheck } from './recheck.ts';
import { runProgress } from './progress.ts';
import { runScanner } from './queue-loop.ts';
import { whyStopped } from './stopped-runs.ts';

/** Of the milliseconds that a shard stays hidden: who gets the shard of a killed task finds its addresses free. */
const LEASE_PART = 0.75;
/** Priority shards scanned at once. */
const URGENT_AT_ONCE = 8;

/** The scanner as a container: works until SIGTERM or SIGINT, then gives unfinished shards back and ends. Exit 1 for a wrong environment. */
async function main(): Promise<void> {
  const env = readEnv('the scanner', ContainerEnv, process.env);
  const stopping = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort());

  const { DYNAMODB_ENDPOINT: dynamodb, SQS_ENDPOINT: queues } = env;
  const elsewhere = dynamodb === undefined || queues === undefined ? null : { dynamodb, queues };
  const clients = makeClients({ region: env.AWS_REGION, ...(elsewhere && { endpoints: elsewhere }) });
  const { sqs } = clients;
  const source = (queueUrl: string, deadLettersUrl: string) =>
    sqsShardSource({
      sqs,
      queueUrl,
      deadLetters: sqsDeadLetters(sqs, deadLettersUrl),
      visibilitySeconds: env.VISIBILITY_SECONDS,
    });
  const concurrency = { priority: URGENT_AT_ONCE, bulk: env.CONCURRENCY, backstop: env.CONCURRENCY };
  const own = ownAddresses();

  const engines = hostEngines();
  const { why } = await engines.owners.syn();
  const ways = why === null ? (await waysOut()).text : null;
  log.info('engine of sweeps', { engine: why === null ? 'syn' : 'connect', whyNotBetter: why, ways });

  const clock = { now: () => toInstant(Date.now()) };
  const addressRates = addressRatesOf(env.PER_ADDRESS_RATE, env.SCANNERS);

  await runScanner({
    queues: {
      priority: source(env.SHARDS_PRIORITY_QUEUE_URL, env.SHARDS_PRIORITY_DEAD_LETTERS_QUEUE_URL),
      bulk: source(env.SHARDS_QUEUE_URL, env.SHARDS_DEAD_LETTERS_QUEUE_URL),
      backstop: source(env.SHARDS_BACKSTOP_QUEUE_URL, env.SHARDS_BACKSTOP_DEAD_LETTERS_QUEUE_URL),
      results: sqsResultQueue(sqs, env.RESULTS_QUEUE_URL),
    },
    scan: makeScan({
      clock,
      killSwitch: new DynamoKillSwitch(clients.documents, env.TABLE_NAME),
      exclusions: env.EXCLUDE,
      recheck: makeRecheck({
        assets: new DynamoAssetStore(clients.documents, env.TABLE_NAME),
        runs: new DynamoTaskRunStore(clients.documents, env.TABLE_NAME, false),
      }),
      rate: env.RATE,
      addressRates,
      concurrency,
      ownAddresses: () => own,
      loopback: false,
      engines: engines.owners,
      smallEngines: engines.small,
      log,
    }),
    claims: makeClaims({
      leases: new DynamoAddressLeases(clients.documents, env.TABLE_NAME),
      clock,
      log,
      scanner: randomBytes(6).toString('hex'),
      lifeMs: env.VISIBILITY_SECONDS * 1_000 * LEASE_PART,
      rates: addressRates,
      isOwn: (address) => own.has(address),
    }),
    whyStopped: whyStopped(new DynamoTaskRunStore(clients.documents, env.TABLE_NAME, false)),
    signal: stopping.signal,
    log,
    progress: runProgress(),
    concurrency,
  });
  clients.destroy();
}

const write = (level: string, message: string, fields: object = {}): void => {
  process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
};
const log: Log = {
  info: (message, fields) => write('info', message, fields),
  warn: (message, fields) => write('warn', message, fields),
};

try {
  await main();
} catch (thrown) {
  write('error', messageOf(thrown));
  process.exitCode = 1;
}
