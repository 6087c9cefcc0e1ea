import * as z from 'zod';
import { Protocol } from '../net/protocol.ts';

export const ChangeKind = z.enum(['first-seen', 'opened', 'closed']);
export type ChangeKind = z.infer<typeof ChangeKind>;

/** A confirmed change of one port, with its evidence. Ids are deterministic: the same change written twice is one row. */
export const Change = z.object({
  id: z.string(),
  kind: ChangeKind,
  address: z.string(),
  protocol: Protocol,
  port: z.number().int(),
  /** Which transition of this port it is, from 1. */
  transition: z.number().int(),
  /** When the port was seen in its new state. */
  at: z.string(),
  /** One sentence: what was observed, how often, by which engine. */
  evidence: z.string(),
  /** A re-opening after a closure that rested on silence alone: recorded, folded into the old finding, not alerted. */
  flap: z.boolean(),
  runId: z.string(),
});
export type Change = z.infer<typeof Change>;
