import * as z from 'zod';
import { Protocol } from '../net/protocol.ts';
import { EngineName } from '../scanning/engine-name.ts';

/** Why a shard is scanned; verification and confirmation overtake sweeps. */
export const ShardPurpose = z.enum(['sweep', 'confirm', 'verify']);
export type ShardPurpose = z.infer<typeof ShardPurpose>;

/** The change that a shard of task 10 follows, and when each step since was: joined to a finding by address, port and time. */
export const ShardCause = z.object({
  /** Null: no event told of the change, the inventory found it. */
  eventId: z.string().nullable(),
  /** When it changed; when the inventory was read, without an event. */
  at: z.string(),
  receivedAt: z.string(),
  evaluatedAt: z.string(),
  late: z.boolean(),
  /** When the first probe was asked for: the times of the others count from it. */
  firstAt: z.string(),
  /** 0 for the first. */
  attempt: z.number().int().nonnegative(),
});
export type ShardCause = z.infer<typeof ShardCause>;

/** The unit of work on the queue: a few addresses x a port set. The body of a message on the shard queues. */
export const Shard = z.object({
  shardId: z.string(),
  runId: z.string(),
  /** Row of the catalogue, or `scan` for "scan now", `confirm`, `verify`. */
  taskId: z.string(),
  purpose: ShardPurpose,
  /** Canonical addresses, ascending. */
  addresses: z.array(z.string()).min(1),
  protocol: Protocol,
  /** Port set text, `22,80,8000-8100`. */
  ports: z.string(),
  /** `address` -> port set text to leave out for that address only. */
  excluded: z.record(z.string(), z.string()),
  /** Connections tried at each port that does not answer open; each from a fresh source port. */
  tries: z.number().int().min(1).max(5),
  timeoutMs: z.number().int().min(50).max(10_000),
  /** Most probes a second for this shard; null leaves it to the scanner. */
  rate: z.number().int().positive().nullable(),
  /** Most probes a second to one address, which this shard then leases. Absent: as the scanner is set up. */
  ratePerAddress: z.number().int().positive().optional(),
  /** Ownership was checked then. A scanner that takes the shard more than ten minutes later checks it again. */
  createdAt: z.string(),
  /** After this instant the shard is stale: its run counts as lost and it must not be scanned. */
  notAfter: z.string(),
  /** Plan this verifies, for purpose `verify`. */
  planId: z.string().nullable(),
  /** The engine that somebody asked for: that one or none. Absent: the best that works. */
  engine: EngineName.optional(),
  /** Absent in shards that the clock or a person asked for. */
  cause: ShardCause.optional(),
});
export type Shard = z.infer<typeof Shard>;
