import * as z from 'zod';
import { Breadth } from '../net/breadth.ts';

const WhitelistState = z.enum(['requested', 'approved', 'rejected', 'removed']);

/** Widest source an entry permits: a finding admitted from wider still alerts. */
export const WidestSource = Breadth;

/** A registered, approved, expiring permission to be open. It counts only while `approved` and before `expiresAt`. */
export const WhitelistEntry = z.object({
  id: z.string(),
  version: z.number().int(),
  /** Address or CIDR, canonical text. */
  target: z.string(),
  protocol: z.enum(['tcp', 'udp', 'any']),
  /** Port set text. */
  ports: z.string(),
  widestSource: WidestSource,
  reason: z.string(),
  owner: z.string().nullable(),
  state: WhitelistState,
  requestedBy: z.string(),
  requestedAt: z.string(),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
  expiresAt: z.string(),
});
export type WhitelistEntry = z.infer<typeof WhitelistEntry>;
