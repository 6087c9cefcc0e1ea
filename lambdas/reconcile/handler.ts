import { awsPorts, lambdaClients } from '../aws-ports.ts';
import { readEnv } from '../environment.ts';
import { ReconcileEnv } from './env.ts';
import { makeReconcileFunction } from './function.ts';

const env = readEnv(ReconcileEnv, process.env);

export const handler = makeReconcileFunction(awsPorts(env, lambdaClients()));
