import * as z from 'zod';

/** `expired` is stored by housekeeping; a reader treats pending past `expiresAt` as expired at once. */
export const ApprovalState = z.enum(['pending', 'approved', 'denied', 'expired', 'done', 'failed']);
export type ApprovalState = z.infer<typeof ApprovalState>;

/** How it is known who decided: by holding the link, by signing in, by the command line or API, or by a policy without a person. */
const How = z.enum(['link', 'oidc', 'cli', 'policy']);

/** Who decided, apart from the sentence about it: later checks compare these. */
export const DecidedAs = z.object({
  how: How,
  /** The approver that the link was made for, the operator's name, or the policy. */
  name: z.string(),
  /** `sub` of the signed-in person. */
  subject: z.string().nullable(),
  /** Their verified e-mail address. */
  email: z.string().nullable(),
});
export type DecidedAs = z.infer<typeof DecidedAs>;

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
  decidedAs: DecidedAs.nullable().default(null),
  /** What became of it, for a person. */
  outcome: z.string().nullable(),
});
export type Approval = z.infer<typeof Approval>;
