import { awsPorts, lambdaClients } from '../aws-ports.ts';
import { readEnv } from '../../core/config/read-env.ts';
import { ReconcileEnv } from './env.ts';
import { makeReconcileFunction } from './function.ts';

const env = readEnv('this function', ReconcileEnv, process.env);

export const handler = makeReconcileFunction(await awsPorts(env, lambdaClients(), 'reconcile'));
