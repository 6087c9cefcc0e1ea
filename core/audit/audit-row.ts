import * as z from 'zod';

/** One thing that somebody or something decided or did. Rows are only ever added. */
export const AuditRow = z.object({
  /** Deterministic where the act can be repeated by a redelivery, so that it is one row. */
  id: z.string(),
  at: z.string(),
  /** A person, `link holder`, `portcullis`. */
  actor: z.string(),
  action: z.string(),
  /** Id of the object acted on: approval, plan, whitelist entry. */
  object: z.string(),
  findingId: z.string().nullable(),
  detail: z.string(),
});
export type AuditRow = z.infer<typeof AuditRow>;
