import { expect, it } from 'vitest';
import { distributionOf } from '../../../bench/canary/distribution.ts';
import type { Run } from '../../../bench/canary/once.ts';

const aRun = (over: Partial<Run>): Run => ({
  at: '2026-03-01T09:00:00.000Z',
  groupId: 'sg-0123456789abcdef0',
  address: '198.51.100.7',
  port: 1021,
  source: '198.51.100.7/32',
  ruleId: 'sgr-1',
  outcome: 'noticed',
  missing: null,
  legs: {},
  ...over,
});

it('counts what was missed, and gives quantiles of the legs that were measured', () => {
  const runs = [
    aRun({ legs: { received: 8_000, verdict: 9_000 } }),
    aRun({ legs: { received: 20_000, verdict: 21_000 } }),
    aRun({ outcome: 'late', legs: { verdict: 600_000 } }),
    aRun({ outcome: 'missed', missing: 'verdict' }),
  ];
  expect(distributionOf(runs)).toEqual({
    runs: 4,
    noticed: 2,
    late: 1,
    missed: 1,
    legs: {
      received: { count: 2, p50: 8, p95: 20, max: 20 },
      verdict: { count: 3, p50: 21, p95: 600, max: 600 },
    },
  });
});
