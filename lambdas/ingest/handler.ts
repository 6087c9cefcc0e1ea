import { sqsDeadLetters } from '../../adapters/aws/sqs-dead-letters.ts';
import { awsPorts, lambdaClients } from '../aws-ports.ts';
import { lambdaMetrics } from '../aws-runtime.ts';
import { readEnv } from '../../core/config/read-env.ts';
import { PRICED_CLOSURE_POLICY } from '../../core/fingerprints/closure-policy.ts';
import { IngestEnv } from './env.ts';
import { makeIngestFunction } from './function.ts';

const env = readEnv('this function', IngestEnv, process.env);
const clients = lambdaClients();

export const handler = makeIngestFunction(
  { ...(await awsPorts(env, clients, 'ingest')), metrics: lambdaMetrics },
  sqsDeadLetters(clients.sqs, env.DEAD_LETTERS_QUEUE_URL),
  PRICED_CLOSURE_POLICY,
);
