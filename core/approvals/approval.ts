import * as z from 'zod';

/** `expired` is stored by housekeeping; a reader treats pending past `expiresAt` as expired at once. */
export const ApprovalState = z.enum(['pending', 'approved', 'denied', 'expired', 'done', 'failed']);
export type ApprovalState = z.infer<typeof ApprovalState>;

/** One pending decision, bound to one plan by its hash. */
export const Approval = z.object({
  id: z.string(),
  version: z.number().int(),
  findingId: z.string(),
  state: ApprovalState,
  planId: z.string(),
  planHash: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
  /** What became of it, for a person. */
  outcome: z.string().nullable(),
});
export type Approval = z.infer<typeof Approval>;
