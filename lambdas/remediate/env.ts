import * as z from 'zod';
import { CHANGE_VARIABLES, VARIABLES } from '../environment.ts';

/** What lambdas/remediate needs to know; infra/ writes it, the handler reads it. */
export const RemediateEnv = z.object({
  ...CHANGE_VARIABLES,
  DEAD_LETTERS_QUEUE_URL: VARIABLES.DEAD_LETTERS_QUEUE_URL,
});
export type RemediateEnv = z.infer<typeof RemediateEnv>;
