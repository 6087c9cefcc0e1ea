import * as z from 'zod';
import { VARIABLES } from '../environment.ts';

/** What lambdas/emit needs to know; infra/ writes it, the handler reads it. */
export const EmitEnv = z.object({
  TABLE_NAME: VARIABLES.TABLE_NAME,
  DEAD_LETTERS_QUEUE_URL: VARIABLES.DEAD_LETTERS_QUEUE_URL,
  /** Of the account and Region that the function runs in: Security Hub takes findings of no other. */
  PRODUCT_ARN: z.string().regex(/^arn:[a-z-]+:securityhub:[a-z0-9-]+:\d{12}:product\/[^/]+\/[^/]+$/, {
    error: 'the ARN of a Security Hub product is needed',
  }),
});
export type EmitEnv = z.infer<typeof EmitEnv>;
