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
  shards: z.number().int(),
  /** Shards whose result was ingested, by how they ended. A result delivered twice counts once. */
  complete: z.number().int().nonnegative(),
  incomplete: z.number().int().nonnegative(),
  addresses: z.number().int(),
  /** What was asked of a scan somebody started by hand, as CIDR list and port set texts, `protocol` absent for TCP; null for scheduled runs. */
  scope: z.object({ targets: z.string(), ports: z.string(), protocol: z.literal('udp').optional() }).nullable(),
  /** address x port pairs planned. */
  probes: z.number().int(),
  /** Reasons shards were incomplete. */
  reasons: z.array(z.string()),
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
}
