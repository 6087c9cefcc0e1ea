import * as z from 'zod';
import { VARIABLES } from '../environment.ts';

/** What lambdas/firewall-events needs to know; infra/ writes it, the handler reads it. */
export const FirewallEventsEnv = z.object({
  TABLE_NAME: VARIABLES.TABLE_NAME,
  SETTINGS: VARIABLES.SETTINGS,
  SHARDS_QUEUE_URL: VARIABLES.SHARDS_QUEUE_URL,
  SHARDS_PRIORITY_QUEUE_URL: VARIABLES.SHARDS_PRIORITY_QUEUE_URL,
  SHARDS_BACKSTOP_QUEUE_URL: VARIABLES.SHARDS_BACKSTOP_QUEUE_URL,
  ALERTS_QUEUE_URL: VARIABLES.ALERTS_QUEUE_URL,
  DEAD_LETTERS_QUEUE_URL: VARIABLES.DEAD_LETTERS_QUEUE_URL,
  /** Role of lambdas/remediate: what it changes in its own account is ours. In other accounts the write roles tell. */
  CHANGE_ROLE_ARN: z
    .string()
    .startsWith('arn:', { error: 'the ARN of the role that changes security groups is needed' }),
});
export type FirewallEventsEnv = z.infer<typeof FirewallEventsEnv>;
