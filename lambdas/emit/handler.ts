import { DynamoAssetStore } from '../../adapters/aws/dynamo/asset-store.ts';
import { readFindingImage } from '../../adapters/aws/dynamo/finding-image.ts';
import { sqsDeadLetters } from '../../adapters/aws/sqs-dead-letters.ts';
import { readEnv } from '../../core/config/read-env.ts';
import type { FindingsSink } from '../../core/ports/findings-sink.ts';
import { lambdaClients } from '../aws-ports.ts';
import { lambdaLog } from '../aws-runtime.ts';
import { EmitEnv } from './env.ts';
import { makeEmitFunction } from './function.ts';

const env = readEnv('this function', EmitEnv, process.env);
const { documents, sqs } = lambdaClients();

let sink: Promise<FindingsSink> | undefined;

/** Most batches have no news, and the client is a third of the function: it is loaded for the first that has some. */
async function loadSink(): Promise<FindingsSink> {
  const { securityHubClient, securityHubSink } = await import('../../adapters/aws/security-hub.ts');
  return securityHubSink(securityHubClient());
}

export const handler = makeEmitFunction(
  {
    assets: new DynamoAssetStore(documents, env.TABLE_NAME),
    sink: { send: async (findings) => (await (sink ??= loadSink())).send(findings) },
    deadLetters: sqsDeadLetters(sqs, env.DEAD_LETTERS_QUEUE_URL),
    log: lambdaLog,
    readFinding: readFindingImage,
  },
  env.PRODUCT_ARN,
);
