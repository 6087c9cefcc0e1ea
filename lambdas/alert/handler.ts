import { randomUUID } from 'node:crypto';
import { snsAlertSink } from '../../adapters/aws/sns-alert-sink.ts';
import { sqsDeadLetters } from '../../adapters/aws/sqs-dead-letters.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import { lambdaClients, lambdaLog, lambdaMetrics, lambdaTopicClient, systemClock } from '../aws-ports.ts';
import { readEnv } from '../../core/config/read-env.ts';
import { AlertEnv } from './env.ts';
import { makeAlertFunction } from './function.ts';

const env = readEnv('this function', AlertEnv, process.env);
const { documents, sqs } = lambdaClients();

export const handler = makeAlertFunction(
  {
    ...makeStores(documents, env.TABLE_NAME),
    clock: systemClock,
    log: lambdaLog,
    metrics: lambdaMetrics,
    sink: snsAlertSink(lambdaTopicClient(), env.ALERT_TOPIC_ARN),
    newId: randomUUID,
  },
  sqsDeadLetters(sqs, env.DEAD_LETTERS_QUEUE_URL),
);
