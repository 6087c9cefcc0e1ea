import * as z from 'zod';
import { VARIABLES } from '../environment.ts';

/** What lambdas/alert needs to know; infra/ writes it, the handler reads it. */
export const AlertEnv = z.object({
  TABLE_NAME: VARIABLES.TABLE_NAME,
  SETTINGS: VARIABLES.SETTINGS,
  ALERT_TOPIC_ARN: VARIABLES.ALERT_TOPIC_ARN,
  LINK_TOPIC_ARN: VARIABLES.LINK_TOPIC_ARN,
  LINK_KEY_ID: VARIABLES.LINK_KEY_ID,
  PUBLIC_URL: VARIABLES.PUBLIC_URL,
  DEAD_LETTERS_QUEUE_URL: VARIABLES.DEAD_LETTERS_QUEUE_URL,
});
export type AlertEnv = z.infer<typeof AlertEnv>;
