import { DynamoKillSwitch } from '../../adapters/aws/dynamo/kill-switch.ts';
import { sqsDeadLetters } from '../../adapters/aws/sqs-dead-letters.ts';
import { sqsAlertQueue, sqsShardQueue } from '../../adapters/aws/sqs-queues.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import { scannableAssets } from '../../core/assets/scannable-assets.ts';
import { NO_CLOUD } from '../../core/cloud/no-cloud.ts';
import { readEnv } from '../../core/config/read-env.ts';
import { watchedCloud } from '../aws-firewall.ts';
import { lambdaClients } from '../aws-ports.ts';
import { lambdaLog, lambdaMetrics, systemClock } from '../aws-runtime.ts';
import { FirewallEventsEnv } from './env.ts';
import { makeFirewallEventsFunction } from './function.ts';

const env = readEnv('this function', FirewallEventsEnv, process.env);
const { documents, sqs } = lambdaClients();
const stores = makeStores(documents, env.TABLE_NAME);
const parts = { settings: env.SETTINGS, assets: stores.assets, clock: systemClock };
const cloud = await watchedCloud(parts, 'firewall-events');

export const handler = makeFirewallEventsFunction(
  {
    ...stores,
    clock: systemClock,
    log: lambdaLog,
    metrics: lambdaMetrics,
    settings: env.SETTINGS,
    killSwitch: new DynamoKillSwitch(documents, env.TABLE_NAME),
    shards: sqsShardQueue(sqs, {
      bulk: env.SHARDS_QUEUE_URL,
      priority: env.SHARDS_PRIORITY_QUEUE_URL,
      backstop: env.SHARDS_BACKSTOP_QUEUE_URL,
    }),
    alerts: sqsAlertQueue(sqs, env.ALERTS_QUEUE_URL),
    reader: cloud?.reader ?? NO_CLOUD,
    assetsOf: scannableAssets(env.SETTINGS),
    ourRoles: new Set([env.CHANGE_ROLE_ARN, ...(cloud?.access ?? []).flatMap(({ writeRole }) => writeRole ?? [])]),
  },
  sqsDeadLetters(sqs, env.DEAD_LETTERS_QUEUE_URL),
);
