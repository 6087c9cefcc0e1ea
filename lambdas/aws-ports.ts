import { randomUUID } from 'node:crypto';
import { makeTopicClient, makeWorkClients, type WorkClients } from '../adapters/aws/clients.ts';
import { DynamoKillSwitch } from '../adapters/aws/dynamo/kill-switch.ts';
import { sqsAlertQueue, sqsRemediationQueue, sqsShardQueue } from '../adapters/aws/sqs-queues.ts';
import { makeStores } from '../adapters/aws/stores.ts';
import type { Settings } from '../core/config/settings.ts';
import type { BasePorts } from '../core/ports/base-ports.ts';
import { configuredProtection } from '../core/remediation/configured-protection.ts';
import { awsFirewall, watchedCloud } from './aws-firewall.ts';
import { lambdaLog, ownRegion, systemClock } from './aws-runtime.ts';

/** The variables that most functions have; each handler passes what its own `env.ts` asks for. */
export interface CommonEnvironment {
  TABLE_NAME: string;
  SETTINGS: Settings;
  SHARDS_QUEUE_URL: string;
  SHARDS_PRIORITY_QUEUE_URL: string;
  SHARDS_BACKSTOP_QUEUE_URL: string;
  ALERTS_QUEUE_URL: string;
  REMEDIATION_QUEUE_URL: string;
}

/** SDK clients of one function; the region is Lambda's own variable. */
export function lambdaClients(): WorkClients {
  return makeWorkClients({ region: ownRegion() });
}

/** For the one function that tells people. */
export function lambdaTopicClient() {
  return makeTopicClient({ region: ownRegion() });
}

/** `name`: the function, for CloudTrail of the watched accounts. Only the remediator's ports change security groups. */
export async function awsPorts(
  env: CommonEnvironment,
  clients: WorkClients,
  name: 'ingest' | 'reconcile' | 'remediate',
): Promise<BasePorts> {
  const { sqs, documents } = clients;
  const stores = makeStores(documents, env.TABLE_NAME);
  const parts = { settings: env.SETTINGS, assets: stores.assets, clock: systemClock };
  return {
    ...stores,
    clock: systemClock,
    log: lambdaLog,
    settings: env.SETTINGS,
    killSwitch: new DynamoKillSwitch(documents, env.TABLE_NAME),
    firewall: await awsFirewall(parts, await watchedCloud(parts, name), { mayChange: name === 'remediate' }),
    protection: configuredProtection(env.SETTINGS.protect),
    shards: sqsShardQueue(sqs, {
      bulk: env.SHARDS_QUEUE_URL,
      priority: env.SHARDS_PRIORITY_QUEUE_URL,
      backstop: env.SHARDS_BACKSTOP_QUEUE_URL,
    }),
    alerts: sqsAlertQueue(sqs, env.ALERTS_QUEUE_URL),
    queue: sqsRemediationQueue(sqs, env.REMEDIATION_QUEUE_URL),
    newId: randomUUID,
  };
}
