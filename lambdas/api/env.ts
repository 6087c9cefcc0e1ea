import * as z from 'zod';
import { VARIABLES } from '../environment.ts';

/** What lambdas/api needs to know; infra/ writes it, the handler reads it. No key of the links: it neither makes nor checks one. */
export const ApiEnv = z.object({
  TABLE_NAME: VARIABLES.TABLE_NAME,
  SETTINGS: VARIABLES.SETTINGS,
  SHARDS_PRIORITY_QUEUE_URL: VARIABLES.SHARDS_PRIORITY_QUEUE_URL,
  RESULTS_QUEUE_URL: VARIABLES.RESULTS_QUEUE_URL,
  ALERTS_QUEUE_URL: VARIABLES.ALERTS_QUEUE_URL,
  REMEDIATION_QUEUE_URL: VARIABLES.REMEDIATION_QUEUE_URL,
  /** Where the API is served: the one Host it answers to. */
  PUBLIC_URL: VARIABLES.PUBLIC_URL,
});
