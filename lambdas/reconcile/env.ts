import * as z from 'zod';
import { CHANGE_VARIABLES } from '../environment.ts';

/** What lambdas/reconcile needs to know; infra/ writes it, the handler reads it. */
export const ReconcileEnv = z.object({
  ...CHANGE_VARIABLES,
});
export type ReconcileEnv = z.infer<typeof ReconcileEnv>;
