import * as z from 'zod';
import { Protocol } from '../net/protocol.ts';

/** A port whose change is being confirmed. `silent` and `refused` count spaced probes since the port was last seen open. */
export const PendingClosure = z.object({
  port: z.number().int(),
  since: z.string(),
  refused: z.number().int(),
  silent: z.number().int(),
  lastProbeAt: z.string(),
  /** Went silent together with at least two other ports of this address: one outage until shown otherwise. */
  pooled: z.boolean(),
});
export type PendingClosure = z.infer<typeof PendingClosure>;

/** What a port has been through. Kept for every port that was ever confirmed open. */
export const PortHistory = z.object({
  port: z.number().int(),
  /** Number of confirmed transitions so far: makes the id of the next change deterministic. */
  transitions: z.number().int(),
  changedAt: z.string(),
  /** How the last closure was shown; null while open. */
  closedBy: z.enum(['refused', 'silence']).nullable(),
});
export type PortHistory = z.infer<typeof PortHistory>;

/** When a set of ports was last observed; segments of one address are disjoint. */
export const ObservedSegment = z.object({ ports: z.string(), at: z.string() });
export type ObservedSegment = z.infer<typeof ObservedSegment>;

/** The confirmed open ports of one address and protocol: the baseline that changes are measured from. */
export const Fingerprint = z.object({
  address: z.string(),
  protocol: Protocol,
  /** Optimistic lock: 0 is "not stored yet"; every write adds one. */
  version: z.number().int(),
  /** Confirmed open, port set text. Port 0 among them: every port answers (`core/net/every-port.ts`). */
  open: z.string(),
  /** TCP: open by SYN-ACK only; one completed connection confirms them. UDP: one answer; a second, later one confirms them. */
  pendingOpen: z.string(),
  pendingClosed: z.array(PendingClosure),
  history: z.array(PortHistory),
  observed: z.array(ObservedSegment),
  /** Last time anything at this address answered. */
  aliveAt: z.string().nullable(),
  updatedAt: z.string(),
});
export type Fingerprint = z.infer<typeof Fingerprint>;
