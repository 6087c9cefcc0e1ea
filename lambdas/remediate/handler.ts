import { sqsDeadLetters } from '../../adapters/aws/sqs-dead-letters.ts';
import { awsPorts, lambdaClients } from '../aws-ports.ts';
import { readEnv } from '../../core/config/read-env.ts';
import { RemediateEnv } from './env.ts';
import { makeRemediateFunction } from './function.ts';

const env = readEnv('this function', RemediateEnv, process.env);
const clients = lambdaClients();

export const handler = makeRemediateFunction(
  await awsPorts(env, clients, 'remediate'),
  sqsDeadLetters(clients.sqs, env.DEAD_LETTERS_QUEUE_URL),
);
