import * as z from 'zod';
import { Protocol } from '../net/protocol.ts';
import { Shard } from '../planning/shard.ts';
import { AliveHow } from '../scanning/liveness/alive.ts';
import { Estimate } from '../scanning/estimate.ts';

/** How an open port was seen: `connected` is a finished handshake, `syn-ack` only the second packet of one, `answered` a reply to a UDP request. */
const OpenReason = z.enum(['connected', 'syn-ack', 'open-then-reset', 'answered']);

export const OpenPort = z.object({
  port: z.number().int().min(1).max(65_535),
  reason: OpenReason,
  rttMs: z.number().nonnegative(),
  tries: z.number().int().min(1),
});
export type OpenPort = z.infer<typeof OpenPort>;

/** Silence is not listed port by port: filtered = covered - open - closed - unknown. A diff looks only at covered - unknown. */
export const AddressResult = z.object({
  address: z.string(),
  protocol: Protocol,
  /** Port set that was really probed. */
  covered: z.string(),
  open: z.array(OpenPort),
  /** Ports that answered RST or ICMP port unreachable. */
  closed: z.string(),
  /** Ports whose probe failed on our side: says nothing about the port. */
  unknown: z.string(),
  /** Why ports are unknown: reason (an errno or `event-loop-lag`, `deadline`, `kill-switch` ...) -> count. */
  unknownReasons: z.record(z.string(), z.number()),
  /** What showed that the address is alive. Absent: nothing did, or the engine looks at ports only. */
  alive: AliveHow.optional(),
  /** Answers or silences behind each closed or filtered port of this result. */
  probes: z.number().int().min(1),
  startedAt: z.string(),
  finishedAt: z.string(),
});
export type AddressResult = z.infer<typeof AddressResult>;

/** The body of a message on the results queue; at most 256 KiB. */
export const ShardResult = z.object({
  shard: Shard,
  engine: z.string(),
  /** Why not a better engine; null when there is none. Absent: not said. */
  whyNotBetter: z.string().nullable().optional(),
  /** Absent: the engine measures none, or sent nothing. */
  estimate: Estimate.optional(),
  /** `partial` and `failed` results can show that ports are open; they never close anything. */
  status: z.enum(['complete', 'partial', 'failed']),
  /** The scanner was stopped and has put the shard back on its queue: it has not ended. Absent: it has. */
  handedBack: z.literal(true).optional(),
  /** Of a result that is too long for one message: other parts follow, and the shard ends with the last. Absent: it ends with this. */
  goesOn: z.literal(true).optional(),
  /** In the last part: unknown address x port pairs of those before. Absent: none. */
  unknownBefore: z.number().int().positive().optional(),
  /** address x port pairs at addresses that nobody has: no machine of the scanner's own link answers for them, or they are its broadcast addresses. Absent: none. */
  vacant: z.number().int().positive().optional(),
  /** Sentences: why it is not complete, why ports are unknown, what else was noticed. Null: nothing. */
  reason: z.string().nullable(),
  results: z.array(AddressResult),
  startedAt: z.string(),
  finishedAt: z.string(),
});
export type ShardResult = z.infer<typeof ShardResult>;
