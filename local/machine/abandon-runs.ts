import { TASKS } from '../../core/planning/catalogue.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';

/** Runs to look through: those of the last minutes, at the shortest cadence. */
const RECENT = 500;

/**
 * Ends the runs that an earlier process left: nobody has to wait for them. Their shards may still come, and are scanned while they are
 * younger than ten minutes; the others are dropped, so that each start does not add one more full sweep to the queue.
 */
export async function abandonRuns({ runs, clock }: Pick<BasePorts, 'runs' | 'clock'>): Promise<void> {
  const last = await Promise.all(TASKS.map(({ id }) => runs.lastOf(id)));
  for (const run of [...(await runs.list({ limit: RECENT })), ...last]) {
    if (run?.finishedAt === null) await runs.finish(run.id, clock.now());
  }
}
