import * as z from 'zod';

/** One execution of a scan task. */
export const TaskRun = z.object({
  id: z.string(),
  taskId: z.string(),
  /** Name of the task, for people. */
  name: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  shards: z.number().int(),
  /** Ids of shards whose result was ingested, by how they ended. A set: a result delivered twice counts once. */
  complete: z.array(z.string()),
  incomplete: z.array(z.string()),
  addresses: z.number().int(),
  /** What was asked of a scan somebody started by hand, as CIDR list and port set texts; null for scheduled runs. */
  scope: z.object({ targets: z.string(), ports: z.string() }).nullable(),
  /** address x port pairs planned. */
  probes: z.number().int(),
  /** Reasons shards were incomplete. */
  reasons: z.array(z.string()),
  /** Seconds since the epoch after which the row may be deleted. */
  ttl: z.number().int(),
});
export type TaskRun = z.infer<typeof TaskRun>;
