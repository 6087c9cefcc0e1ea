import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { readFindingImage } from '../../adapters/aws/dynamo/finding-image.ts';
import { securityHubSink } from '../../adapters/aws/security-hub.ts';
import { sqsDeadLetters } from '../../adapters/aws/sqs-dead-letters.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import { readEnv } from '../../core/config/read-env.ts';
import { lambdaClients, lambdaLog } from '../aws-ports.ts';
import { EmitEnv } from './env.ts';
import { makeEmitFunction } from './function.ts';

const env = readEnv('this function', EmitEnv, process.env);
const { documents, sqs } = lambdaClients();

export const handler = makeEmitFunction(
  {
    assets: makeStores(documents, env.TABLE_NAME).assets,
    sink: securityHubSink(new SecurityHubClient({ maxAttempts: 3, ignoreConfiguredEndpointUrls: true })),
    deadLetters: sqsDeadLetters(sqs, env.DEAD_LETTERS_QUEUE_URL),
    log: lambdaLog,
    readFinding: readFindingImage,
  },
  env.PRODUCT_ARN,
);
