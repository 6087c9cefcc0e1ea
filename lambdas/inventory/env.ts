import * as z from 'zod';
import { VARIABLES } from '../environment.ts';

/** What lambdas/inventory needs to know; infra/ writes it, the handler reads it. */
export const InventoryEnv = z.object({
  TABLE_NAME: VARIABLES.TABLE_NAME,
  SETTINGS: VARIABLES.SETTINGS,
  SHARDS_QUEUE_URL: VARIABLES.SHARDS_QUEUE_URL,
  SHARDS_PRIORITY_QUEUE_URL: VARIABLES.SHARDS_PRIORITY_QUEUE_URL,
  SHARDS_BACKSTOP_QUEUE_URL: VARIABLES.SHARDS_BACKSTOP_QUEUE_URL,
  ALERTS_QUEUE_URL: VARIABLES.ALERTS_QUEUE_URL,
});
export type InventoryEnv = z.infer<typeof InventoryEnv>;
