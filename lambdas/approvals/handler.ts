import { handle } from 'hono/aws-lambda';
import { KmsLinkSigner, linkKeyClient } from '../../adapters/aws/kms-link-signer.ts';
import { sqsRemediationQueue } from '../../adapters/aws/sqs-queues.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import { lambdaClients, lambdaLog, systemClock } from '../aws-ports.ts';
import { readEnv } from '../../core/config/read-env.ts';
import { ApprovalsEnv } from './env.ts';
import { makeApprovalsFunction } from './function.ts';

const env = readEnv('this function', ApprovalsEnv, process.env);
const { documents, sqs } = lambdaClients();

export const handler = handle(
  makeApprovalsFunction(
    {
      ...makeStores(documents, env.TABLE_NAME),
      clock: systemClock,
      mode: env.SETTINGS.mode,
      queue: sqsRemediationQueue(sqs, env.REMEDIATION_QUEUE_URL),
      signer: new KmsLinkSigner(linkKeyClient(), env.LINK_KEY_ID),
    },
    { publicUrl: env.PUBLIC_URL, log: lambdaLog },
  ),
);
