import { DynamoKillSwitch } from '../../adapters/aws/dynamo/kill-switch.ts';
import { sqsAlertQueue, sqsShardQueue } from '../../adapters/aws/sqs-queues.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import { HostTargetResolver } from '../../adapters/local/target-resolver.ts';
import { CloudAssetSource } from '../../core/assets/cloud-asset-source.ts';
import { ConfiguredAssets } from '../../core/assets/configured-assets.ts';
import { joinAssets } from '../../core/assets/joined-assets.ts';
import { scannableAssets } from '../../core/assets/scannable-assets.ts';
import { NO_CLOUD } from '../../core/cloud/no-cloud.ts';
import { readEnv } from '../../core/config/read-env.ts';
import { watchedCloud } from '../aws-firewall.ts';
import { lambdaClients } from '../aws-ports.ts';
import { lambdaLog, systemClock } from '../aws-runtime.ts';
import { InventoryEnv } from './env.ts';
import { makeInventoryFunction } from './function.ts';

const env = readEnv('this function', InventoryEnv, process.env);
const { documents, sqs } = lambdaClients();
const stores = makeStores(documents, env.TABLE_NAME);
const common = { clock: systemClock, log: lambdaLog };
const cloud = await watchedCloud({ settings: env.SETTINGS, assets: stores.assets, clock: systemClock }, 'inventory');
const configured = new ConfiguredAssets(env.SETTINGS, {
  ...common,
  resolver: new HostTargetResolver(),
  interfaces: { list: async () => [] },
});

export const handler = makeInventoryFunction({
  ...stores,
  ...common,
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
  sourceWith(reader) {
    const inventory = new CloudAssetSource(env.SETTINGS, { reader, assets: stores.assets, log: lambdaLog });
    return env.SETTINGS.targets.length === 0 ? inventory : joinAssets([configured, inventory]);
  },
});
