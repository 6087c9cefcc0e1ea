import type { TaskRun } from '../../core/planning/task-run.ts';

/** Two shards planned, none done; may be deleted after 2026-03-03T09:00:00Z. */
export function aTaskRun(over: Partial<TaskRun> = {}): TaskRun {
  return {
    id: 'r-0000000000000001',
    taskId: '2',
    name: 'high-risk ports',
    startedAt: '2026-03-01T09:00:00.000Z',
    finishedAt: null,
    shards: 2,
    complete: 0,
    incomplete: 0,
    addresses: 4,
    scope: null,
    probes: 460,
    reasons: [],
    engines: {},
    whyNotBetter: [],
    estimate: null,
    unknown: 0,
    vacant: 0,
    ttl: 1_772_528_400,
    ...over,
  };
}
