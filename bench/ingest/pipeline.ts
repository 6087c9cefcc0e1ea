import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeClients } from '../../adapters/aws/clients.ts';
import { sqsDeadLetters } from '../../adapters/aws/sqs-dead-letters.ts';
import { sqsResultQueue } from '../../adapters/aws/sqs-queues.ts';
import { sqsShardSource } from '../../adapters/aws/sqs-shard-source.ts';
import { jsonLog } from '../../adapters/local/json-log.ts';
import { openSteadyClock } from '../../adapters/local/steady-clock.ts';
import type { Settings } from '../../core/config/settings.ts';
import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';
import { LOCAL_VISIBILITY_SECONDS } from '../../core/deployment/resources.ts';
import { startEmbeddedCloud } from '../../local/cloud/embedded-cloud.ts';
import { startEventPump } from '../../local/cloud/event-pump.ts';
import { localBasePorts } from '../../local/machine/base-ports.ts';
import { pumpedQueues } from '../../local/machine/functions.ts';
import { localInventory } from '../../local/machine/inventory.ts';

/** Embedded cloud, stores and functions as `local/machine` puts them together, on a data directory of their own; no scanner, no schedule. */
export async function startPipeline(err: (line: string) => void, settings: Settings = DEFAULT_SETTINGS) {
  const dataDir = await mkdtemp(join(tmpdir(), 'portcullis-bench-'));
  const log = jsonLog(err);
  const clock = await openSteadyClock({ path: join(dataDir, 'clock.json'), report: err });
  const cloud = await startEmbeddedCloud({ dataDir });
  const clients = makeClients(cloud.clientOptions);
  const base = await localBasePorts({
    cloud,
    clients,
    settings,
    dataDir,
    clock,
    log,
    listening: settings.listen,
  });
  let alerts = 0;
  const pump = startEventPump({
    sqs: clients.sqs,
    region: cloud.region,
    visibilitySeconds: LOCAL_VISIBILITY_SECONDS,
    queues: pumpedQueues(cloud, clients, base, async () => {
      alerts += 1;
    }),
    log,
  });
  const { aws } = base;
  return {
    base,
    cloud,
    clients,
    /** One look at the watched accounts. */
    inventory: async () => (aws === null ? undefined : localInventory(base, { list: async () => [] }, aws).run()),
    tableName: cloud.tableName,
    pump,
    results: sqsResultQueue(clients.sqs, cloud.queueUrls.results),
    alerts: () => alerts,
    /** Where ingest asks for confirmations. */
    urgentShards: sqsShardSource({
      sqs: clients.sqs,
      queueUrl: cloud.queueUrls['shards-priority'],
      deadLetters: sqsDeadLetters(clients.sqs, cloud.deadLetterUrls['shards-priority']),
      visibilitySeconds: LOCAL_VISIBILITY_SECONDS,
    }),
    async stop(): Promise<void> {
      await pump.stop();
      aws?.stop();
      clients.destroy();
      await cloud.stop();
      await clock.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type Pipeline = Awaited<ReturnType<typeof startPipeline>>;
