import * as z from 'zod';
import { VARIABLES } from '../environment.ts';

/** What lambdas/approvals needs to know; infra/ writes it, the handler reads it. */
export const ApprovalsEnv = z.object({
  TABLE_NAME: VARIABLES.TABLE_NAME,
  SETTINGS: VARIABLES.SETTINGS,
  REMEDIATION_QUEUE_URL: VARIABLES.REMEDIATION_QUEUE_URL,
  LINK_KEY_ID: VARIABLES.LINK_KEY_ID,
  PUBLIC_URL: VARIABLES.PUBLIC_URL,
  /** Needed with `signIn` in the settings. */
  SIGN_IN_KEY_ID: VARIABLES.SIGN_IN_KEY_ID.optional(),
});
export type ApprovalsEnv = z.infer<typeof ApprovalsEnv>;
