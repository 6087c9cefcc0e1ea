import { randomUUID } from 'node:crypto';
import { KmsLinkSigner, linkKeyClient } from '../../adapters/aws/kms-link-signer.ts';
import { snsAlertSink } from '../../adapters/aws/sns-alert-sink.ts';
import { snsLinkSink } from '../../adapters/aws/sns-link-sink.ts';
import { sqsDeadLetters } from '../../adapters/aws/sqs-dead-letters.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import { linkedSink } from '../../core/alerting/linked-sink.ts';
import { linksFor } from '../../core/approvals/links.ts';
import { readEnv } from '../../core/config/read-env.ts';
import type { AlertSink } from '../../core/ports/queues.ts';
import { lambdaClients, lambdaLog, lambdaMetrics, lambdaTopicClient, systemClock } from '../aws-ports.ts';
import { AlertEnv } from './env.ts';
import { makeAlertFunction } from './function.ts';

const env = readEnv('this function', AlertEnv, process.env);
const { documents, sqs } = lambdaClients();
const sns = lambdaTopicClient();
const stores = makeStores(documents, env.TABLE_NAME);

/** The alert, and then the links for those who decide. This function makes links and cannot check any. */
function sinkOf({ ALERT_TOPIC_ARN, LINK_TOPIC_ARN, LINK_KEY_ID, PUBLIC_URL, SETTINGS }: AlertEnv): AlertSink {
  const sink = snsAlertSink(sns, ALERT_TOPIC_ARN);
  if (LINK_TOPIC_ARN === undefined) return sink;
  if (LINK_KEY_ID === undefined || PUBLIC_URL === undefined || SETTINGS === undefined) {
    throw new Error('LINK_TOPIC_ARN is set: LINK_KEY_ID, PUBLIC_URL and SETTINGS are needed with it');
  }
  const signer = new KmsLinkSigner(linkKeyClient(), LINK_KEY_ID);
  const ports = { ...stores, clock: systemClock, signer, deciders: SETTINGS, publicUrl: PUBLIC_URL };
  return linkedSink({
    sink,
    links: snsLinkSink(sns, LINK_TOPIC_ARN),
    linksFor: (approvalId) => linksFor(ports, approvalId),
    log: lambdaLog,
  });
}

export const handler = makeAlertFunction(
  {
    ...stores,
    clock: systemClock,
    log: lambdaLog,
    metrics: lambdaMetrics,
    sink: sinkOf(env),
    newId: randomUUID,
  },
  sqsDeadLetters(sqs, env.DEAD_LETTERS_QUEUE_URL),
);
