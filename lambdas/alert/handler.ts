import { randomUUID } from 'node:crypto';
import { snsAlertSink } from '../../adapters/aws/sns-alert-sink.ts';
import { snsLinkSink } from '../../adapters/aws/sns-link-sink.ts';
import { sqsDeadLetters } from '../../adapters/aws/sqs-dead-letters.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import { linkedSink } from '../../core/alerting/linked-sink.ts';
import { linksFor } from '../../core/approvals/links.ts';
import { readEnv } from '../../core/config/read-env.ts';
import type { LinkSigner } from '../../core/ports/link-signer.ts';
import { lambdaClients, lambdaTopicClient } from '../aws-ports.ts';
import { lambdaLog, lambdaMetrics, systemClock } from '../aws-runtime.ts';
import { AlertEnv } from './env.ts';
import { makeAlertFunction } from './function.ts';

const env = readEnv('this function', AlertEnv, process.env);
const { documents, sqs } = lambdaClients();
const sns = lambdaTopicClient();
const stores = makeStores(documents, env.TABLE_NAME);

/** With the first proposal: most alerts have none, and the code of KMS would slow every cold start. This function cannot check links. */
async function loadSigner(): Promise<LinkSigner> {
  const { KmsLinkSigner, linkKeyClient } = await import('../../adapters/aws/kms-link-signer.ts');
  return new KmsLinkSigner(linkKeyClient(), env.LINK_KEY_ID);
}

let signer: Promise<LinkSigner> | undefined;
const links = { ...stores, clock: systemClock, deciders: env.SETTINGS, publicUrl: env.PUBLIC_URL };

export const handler = makeAlertFunction(
  {
    ...stores,
    clock: systemClock,
    log: lambdaLog,
    metrics: lambdaMetrics,
    sink: linkedSink({
      sink: snsAlertSink(sns, env.ALERT_TOPIC_ARN),
      links: snsLinkSink(sns, env.LINK_TOPIC_ARN),
      async linksFor(approvalId) {
        signer ??= loadSigner();
        return linksFor({ ...links, signer: await signer }, approvalId);
      },
      log: lambdaLog,
    }),
    newId: randomUUID,
  },
  sqsDeadLetters(sqs, env.DEAD_LETTERS_QUEUE_URL),
);
