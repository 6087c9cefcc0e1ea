import { expect, it } from 'vitest';
import { probedOf } from '../../../core/planning/probed-of.ts';
import { aTaskRun } from '../../builders/task-run.ts';

it('what is probed of a run are the shards that have ended, however, and what is done of others', () => {
  const run = aTaskRun({ probes: 4_000, shards: 4, complete: 1, incomplete: 1 });
  expect(probedOf(run, 0)).toBe(2_000);
  expect(probedOf(run, 250)).toBe(2_250);
  // A shard counts twice while its result is on its way.
  expect(probedOf({ ...run, complete: 3 }, 1_000)).toBe(4_000);
  expect(probedOf({ ...run, finishedAt: '2026-03-01T09:01:00.000Z' }, 0)).toBe(4_000);
  expect(probedOf(aTaskRun({ probes: 0, shards: 0 }), 0)).toBe(0);
});
