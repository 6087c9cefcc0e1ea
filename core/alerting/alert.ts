import * as z from 'zod';
import { Severity } from '../findings/finding.ts';
import { Protocol } from '../net/protocol.ts';

/** One line of an alert: one event of one finding. */
export const AlertItem = z.object({
  findingId: z.string(),
  /** As the finding has them; null in alerts that an older version wrote. */
  account: z.string().nullable().default(null),
  region: z.string().nullable().default(null),
  kind: z.string(),
  occurrence: z.number().int(),
  address: z.string(),
  protocol: Protocol,
  port: z.number().int(),
  service: z.string().nullable(),
  class: z.string(),
  severity: Severity,
  at: z.string(),
  admittedBy: z.string().nullable(),
  /** Who let it in, when and from where; null when nobody is known. */
  openedBy: z.string().nullable().default(null),
  note: z.string().nullable(),
  /** Pending approval made for it; a channel that may carry links adds one, this text never does. */
  approvalId: z.string().nullable(),
  /** What the approval would do, one line; null without one. */
  proposal: z.string().nullable(),
});
export type AlertItem = z.infer<typeof AlertItem>;

/** Events that an alert tells without an item for each: a message on the topic holds 256 KiB. */
const Unlisted = z.object({
  count: z.number().int().positive(),
  /** Their ports, as a port set; of a very ragged set the lowest. */
  ports: z.string(),
});

/** The neutral card every channel renders. The body of the message on the alert topic. Carries no token. */
export const Alert = z.object({
  /** Hash of its items: the same alert sent twice has one id. */
  id: z.string(),
  group: z.string(),
  owner: z.string().nullable(),
  ownerEmail: z.string().nullable(),
  address: z.string(),
  severity: Severity,
  title: z.string(),
  /** The gravest first, at most 100. */
  items: z.array(AlertItem).min(1),
  /** The events beyond the items; null when there are none. */
  unlisted: Unlisted.nullable().default(null),
  createdAt: z.string(),
});
export type Alert = z.infer<typeof Alert>;

/** A message on the alert queue: look whether this group has something untold. */
export const AlertRequest = z.object({ group: z.string() });
export type AlertRequest = z.infer<typeof AlertRequest>;
