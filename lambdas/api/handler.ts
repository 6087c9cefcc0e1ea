import { DynamoKillSwitch } from '../../adapters/aws/dynamo/kill-switch.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import { makeTableClient } from '../../adapters/aws/table-client.ts';
import { readEnv } from '../../core/config/read-env.ts';
import { lambdaLog, ownRegion, systemClock } from '../aws-runtime.ts';
import { ApiEnv } from './env.ts';
import { makeApiFunction } from './function.ts';
import { apiServices } from './services.ts';

const env = readEnv('this function', ApiEnv, process.env);
const { documents } = makeTableClient({ region: ownRegion() });
const ports = {
  ...makeStores(documents, env.TABLE_NAME),
  clock: systemClock,
  log: lambdaLog,
  settings: env.SETTINGS,
  killSwitch: new DynamoKillSwitch(documents, env.TABLE_NAME),
};

const services = apiServices(ports, async () => {
  const { awsUseCases } = await import('./aws-use-cases.ts');
  return awsUseCases(env, ports);
});

export const handler = makeApiFunction(services, { publicUrl: env.PUBLIC_URL, log: lambdaLog });
