import type { BasePorts } from '../../core/ports/base-ports.ts';

/** Runs to look through: those of the last minutes, at the shortest cadence. */
const RECENT = 500;

/** Ends the runs that an earlier process left: their shards may still come, nobody has to wait for them. */
export async function abandonRuns({ runs, clock }: Pick<BasePorts, 'runs' | 'clock'>): Promise<void> {
  for (const run of await runs.list({ limit: RECENT })) {
    if (run.finishedAt === null) await runs.finish(run.id, clock.now());
  }
}
