import { ConfiguredAssets } from '../../core/assets/configured-assets.ts';
import { joinAssets } from '../../core/assets/joined-assets.ts';
import { storedInventory } from '../../core/assets/stored-inventory.ts';
import { HostTargetResolver } from '../../adapters/local/target-resolver.ts';
import { CONFIGURED } from '../../core/stages/refresh-assets.ts';
import { watchedAssets } from '../../core/stages/watched-assets.ts';
import { DynamoKillSwitch } from '../../adapters/aws/dynamo/kill-switch.ts';
import { sqsShardQueue } from '../../adapters/aws/sqs-queues.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import { lambdaClients } from '../aws-ports.ts';
import { lambdaLog, systemClock } from '../aws-runtime.ts';
import { readEnv } from '../../core/config/read-env.ts';
import { DispatchEnv } from './env.ts';
import { makeDispatchFunction } from './function.ts';

const env = readEnv('this function', DispatchEnv, process.env);
const { documents, sqs } = lambdaClients();
const stores = makeStores(documents, env.TABLE_NAME);
const configured = new ConfiguredAssets(env.SETTINGS, {
  clock: systemClock,
  log: lambdaLog,
  resolver: new HostTargetResolver(),
  // A function has no addresses worth watching: without targets there is nothing to scan.
  interfaces: { list: async () => [] },
});

const watchedTargets = watchedAssets({
  clock: systemClock,
  source: configured,
  assets: stores.assets,
  speaksFor: CONFIGURED,
});

export const handler = makeDispatchFunction({
  ...stores,
  clock: systemClock,
  log: lambdaLog,
  settings: env.SETTINGS,
  killSwitch: new DynamoKillSwitch(documents, env.TABLE_NAME),
  shards: sqsShardQueue(sqs, {
    bulk: env.SHARDS_QUEUE_URL,
    priority: env.SHARDS_PRIORITY_QUEUE_URL,
    backstop: env.SHARDS_BACKSTOP_QUEUE_URL,
  }),
  // lambdas/inventory reads the accounts: a function that starts every minute must not, nor may it undo what that one wrote meanwhile.
  watched: () => joinAssets([{ list: watchedTargets }, storedInventory(stores.assets)]).list(),
});
