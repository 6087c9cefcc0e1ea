import { randomUUID } from 'node:crypto';
import { DynamoKillSwitch } from '../../adapters/aws/dynamo/kill-switch.ts';
import { sqsAlertQueue, sqsRemediationQueue, sqsResultQueue, sqsShardQueue } from '../../adapters/aws/sqs-queues.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import { HostTargetResolver } from '../../adapters/local/target-resolver.ts';
import { ConfiguredAssets } from '../../core/assets/configured-assets.ts';
import { readEnv } from '../../core/config/read-env.ts';
import { configuredProtection } from '../../core/remediation/configured-protection.ts';
import { awsFirewall, watchedCloud } from '../aws-firewall.ts';
import { lambdaClients, lambdaLog, systemClock } from '../aws-ports.ts';
import { ApiEnv } from './env.ts';
import { makeApiFunction } from './function.ts';
import { lazyFirewall } from './lazy-firewall.ts';
import { signedApiServices } from './services.ts';

const env = readEnv('this function', ApiEnv, process.env);
const { documents, sqs } = lambdaClients();
const stores = makeStores(documents, env.TABLE_NAME);
const resolver = new HostTargetResolver();
const cloudParts = { settings: env.SETTINGS, assets: stores.assets, clock: systemClock };
/** What people ask to be scanned goes ahead of every sweep: this function has no other queue for shards. */
const shards = env.SHARDS_PRIORITY_QUEUE_URL;

const services = signedApiServices({
  ...stores,
  clock: systemClock,
  log: lambdaLog,
  settings: env.SETTINGS,
  killSwitch: new DynamoKillSwitch(documents, env.TABLE_NAME),
  firewall: lazyFirewall(async () =>
    awsFirewall(cloudParts, await watchedCloud(cloudParts, 'api'), { mayChange: false }),
  ),
  protection: configuredProtection(env.SETTINGS.protect),
  shards: sqsShardQueue(sqs, { bulk: shards, priority: shards, backstop: shards }),
  alerts: sqsAlertQueue(sqs, env.ALERTS_QUEUE_URL),
  queue: sqsRemediationQueue(sqs, env.REMEDIATION_QUEUE_URL),
  results: sqsResultQueue(sqs, env.RESULTS_QUEUE_URL),
  resolver,
  configured: new ConfiguredAssets(env.SETTINGS, {
    clock: systemClock,
    log: lambdaLog,
    resolver,
    // A function has no addresses worth watching.
    interfaces: { list: async () => [] },
  }),
  newId: randomUUID,
});

export const handler = makeApiFunction(services, { publicUrl: env.PUBLIC_URL, log: lambdaLog });
