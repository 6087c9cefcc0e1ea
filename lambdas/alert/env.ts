import * as z from 'zod';
import { VARIABLES } from '../environment.ts';

/** What lambdas/alert needs to know; infra/ writes it, the handler reads it. */
export const AlertEnv = z.object({
  TABLE_NAME: VARIABLES.TABLE_NAME,
  ALERT_TOPIC_ARN: VARIABLES.ALERT_TOPIC_ARN,
  DEAD_LETTERS_QUEUE_URL: VARIABLES.DEAD_LETTERS_QUEUE_URL,
});
export type AlertEnv = z.infer<typeof AlertEnv>;
