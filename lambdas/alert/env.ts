import * as z from 'zod';
import { VARIABLES } from '../environment.ts';

/** What lambdas/alert needs to know; infra/ writes it, the handler reads it. */
export const AlertEnv = z.object({
  TABLE_NAME: VARIABLES.TABLE_NAME,
  ALERT_TOPIC_ARN: VARIABLES.ALERT_TOPIC_ARN,
  DEAD_LETTERS_QUEUE_URL: VARIABLES.DEAD_LETTERS_QUEUE_URL,
  /** Where links to decide are mailed; without it none are, and the next three are not needed. */
  LINK_TOPIC_ARN: VARIABLES.LINK_TOPIC_ARN.optional(),
  LINK_KEY_ID: VARIABLES.LINK_KEY_ID.optional(),
  PUBLIC_URL: VARIABLES.PUBLIC_URL.optional(),
  SETTINGS: VARIABLES.SETTINGS.optional(),
});
export type AlertEnv = z.infer<typeof AlertEnv>;
