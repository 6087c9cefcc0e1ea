import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type Clients, makeClients } from '../../adapters/aws/clients.ts';
import { DynamoKillSwitch } from '../../adapters/aws/dynamo/kill-switch.ts';
import { sqsDeadLetters } from '../../adapters/aws/sqs-dead-letters.ts';
import { sqsAlertQueue, sqsRemediationQueue, sqsResultQueue, sqsShardQueue } from '../../adapters/aws/sqs-queues.ts';
import { sqsShardSource } from '../../adapters/aws/sqs-shard-source.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import { NoFirewall } from '../../adapters/firewall/no-firewall.ts';
import type { Settings } from '../../core/config/settings.ts';
import type { QueueName } from '../../core/deployment/resources.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';
import { configuredProtection } from '../../core/remediation/configured-protection.ts';
import { type Instant, after } from '../../core/time.ts';
import { LANES, type Lane } from '../../fargate-scanner/queue-loop.ts';
import { createTable } from '../../local/cloud/create-table.ts';
import { startEmbeddedCloud } from '../../local/cloud/embedded-cloud.ts';
import { emulatorClientConfig } from '../../test/support/emulators/client-config.ts';
import { startDynamoDbLocal } from '../../test/support/emulators/dynamodb-local.ts';
import { type Counts, noCounts, Tally } from './tally.ts';

const TABLE_NAME = 'portcullis-cost';
const KEPT = /^(ASSET|FINGERPRINT|FINGERPRINT-UDP|FINDING|ADMITTED)#/;
const LANE_QUEUES = { priority: 'shards-priority', bulk: 'shards', backstop: 'shards-backstop' } as const;

/** Stores on DynamoDB Local, queues on the embedded SQS, a clock that is set by hand, and a count of every call. */
export async function startPipeline(settings: Settings) {
  const dataDir = await mkdtemp(join(tmpdir(), 'portcullis-cost-'));
  const table = await startDynamoDbLocal();
  const cloud = await startEmbeddedCloud({ dataDir });
  const { region, credentials } = emulatorClientConfig(table.url);
  const stored = makeClients({ region, credentials, endpoints: { dynamodb: table.url, queues: table.url } });
  const uncountedTable = makeClients({ region, credentials, endpoints: { dynamodb: table.url, queues: table.url } });
  const [queued, uncounted] = [makeClients(cloud.clientOptions), makeClients(cloud.clientOptions)];
  await createTable(stored.documents, TABLE_NAME);
  const tally = new Tally();
  tally.countTable(stored.documents);
  tally.countQueues(queued.sqs);
  const clock = new SetClock('2026-03-01T00:00:00.000Z');
  const url = (name: QueueName): string => cloud.queueUrls[name];
  const deadLetters = (name: QueueName) => sqsDeadLetters(queued.sqs, cloud.deadLetterUrls[name]);
  const base: BasePorts = {
    ...makeStores(stored.documents, TABLE_NAME),
    clock,
    log: { info: () => undefined, warn: (message, fields) => warn(message, fields) },
    settings,
    killSwitch: new DynamoKillSwitch(stored.documents, TABLE_NAME),
    firewall: new NoFirewall('reading rules costs nothing'),
    protection: configuredProtection([]),
    shards: sqsShardQueue(queued.sqs, {
      bulk: url('shards'),
      priority: url('shards-priority'),
      backstop: url('shards-backstop'),
    }),
    alerts: sqsAlertQueue(queued.sqs, url('alerts')),
    queue: sqsRemediationQueue(queued.sqs, url('remediation')),
    newId: randomUUID,
  };
  const source = (lane: Lane) =>
    sqsShardSource({
      sqs: queued.sqs,
      queueUrl: url(LANE_QUEUES[lane]),
      deadLetters: deadLetters(LANE_QUEUES[lane]),
      visibilitySeconds: 60,
    });
  return {
    base,
    clock,
    tally,
    deadLetters,
    lanes: Object.fromEntries(LANES.map((lane) => [lane, source(lane)])) as Record<Lane, ReturnType<typeof source>>,
    results: sqsResultQueue(queued.sqs, url('results')),
    /** Messages of a queue one by one, as Lambda's own poller would take them: what it asks of SQS is counted by the model. */
    take: (name: QueueName) => take(uncounted, url(name)),
    /** Of what is kept for ever about an address, as JSON. */
    async tableBytes(): Promise<number> {
      let bytes = 0;
      let start: Record<string, unknown> | undefined;
      do {
        const page = await uncountedTable.documents.send(
          new ScanCommand({ TableName: TABLE_NAME, ExclusiveStartKey: start }),
        );
        for (const item of page.Items ?? [])
          if (KEPT.test(String(item['pk']))) bytes += Buffer.byteLength(JSON.stringify(item));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
      return bytes;
    },
    async stop(): Promise<void> {
      for (const clients of [stored, uncountedTable, queued, uncounted]) clients.destroy();
      await cloud.stop();
      await table.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type Pipeline = Awaited<ReturnType<typeof startPipeline>>;

/** A warning would mean that something else was counted than a day without trouble. */
function warn(message: string, fields: object = {}): void {
  throw new Error(`${message}: ${JSON.stringify(fields)}`);
}

class SetClock {
  #now: Instant;

  constructor(now: Instant) {
    this.#now = now;
  }

  now(): Instant {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now = after(this.#now, ms);
  }
}

/** A message that is there now, deleted; undefined when none is. */
async function take({ sqs }: Clients, QueueUrl: string): Promise<string | undefined> {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: 0 }),
  );
  const [message] = Messages ?? [];
  if (message === undefined) return undefined;
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  return message.Body;
}

/** The sum of several counts. */
export function sumOf(all: readonly Counts[]): Counts {
  const sum = noCounts();
  for (const { sqs, readUnits, writeUnits, reads, writes } of all) {
    sum.sqs += sqs;
    sum.readUnits += readUnits;
    sum.writeUnits += writeUnits;
    for (const [name, units] of Object.entries(reads)) sum.reads[name] = (sum.reads[name] ?? 0) + units;
    for (const [name, units] of Object.entries(writes)) sum.writes[name] = (sum.writes[name] ?? 0) + units;
  }
  return sum;
}
