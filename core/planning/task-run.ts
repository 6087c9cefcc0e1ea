import * as z from 'zod';
import { Estimate } from '../scanning/estimate.ts';

/** One execution of a scan task. */
export const TaskRun = z.object({
  id: z.string(),
  taskId: z.string(),
  /** Name of the task, for people. */
  name: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  /** Why a scan was ended before all of its shards had: those that are left are not scanned. Absent: it was not. */
  stopped: z.string().optional(),
  shards: z.number().int(),
  /** Shards whose result was ingested, by how they ended. A result delivered twice counts once. */
  complete: z.number().int().nonnegative(),
  incomplete: z.number().int().nonnegative(),
  addresses: z.number().int(),
  /** What was asked of a scan somebody started by hand, as CIDR list and port set texts, `protocol` absent for TCP; null for scheduled runs. */
  scope: z
    .object({
      targets: z.string(),
      ports: z.string(),
      protocol: z.literal('udp').optional(),
      /** The address that takes longest, where that is longer than all of the scan at its rate: probes a second to it, and its probes. */
      busiest: z.object({ rate: z.number().positive(), probes: z.number().int() }).optional(),
    })
    .nullable(),
  /** address x port pairs planned. */
  probes: z.number().int(),
  /** Reasons shards were incomplete, and what else must be known about how they ended. At most MOST_REASONS. */
  reasons: z.array(z.string()),
  /** address x port pairs whose state could not be found out, though they were probed. */
  unknown: z.number().int().nonnegative(),
  /** address x port pairs of addresses that nobody has: no machine of the scanner's own link answers for them, or they are its broadcast addresses. */
  vacant: z.number().int().nonnegative(),
  /** Engine -> shards that it scanned; `none`: the engine that was asked for could not. A shard counts with its first result, or with the first that is complete. */
  engines: z.record(z.string(), z.number().int().nonnegative()),
  /** Why shards had no better engine. */
  whyNotBetter: z.array(z.string()),
  /** Of the shards whose engine measures: loss weighed by probes, missed openings and drops added up. Null: none was measured. */
  estimate: Estimate.nullable(),
  /** Seconds since the epoch after which the row may be deleted. */
  ttl: z.number().int(),
});
export type TaskRun = z.infer<typeof TaskRun>;

/** How a shard was scanned, for the record of its run. */
export interface ScannedBy {
  readonly engine: string;
  /** Null: there is none, or it is not known. */
  readonly whyNotBetter: string | null;
  readonly estimate: Estimate | null;
  /** address x port pairs whose state it could not find out. */
  readonly unknown: number;
  /** address x port pairs of addresses that nobody has. Absent: none. */
  readonly vacant?: number | undefined;
}

/** Reasons kept of a run: one of 100,000 addresses may have another for every shard, and its row is written with each. */
export const MOST_REASONS = 20;
/** Characters of one. */
const REASON_LENGTH = 400;

export function shortReason(reason: string): string {
  return reason.length <= REASON_LENGTH ? reason : `${reason.slice(0, REASON_LENGTH).toWellFormed()}…`;
}
