import { describe, expect, it } from 'vitest';
import { isUnderWay, runKeptMs, runLifeMs, shardLifeMs } from '../../../core/planning/run-life.ts';
import { after, days, hours, minutes } from '../../../core/time.ts';
import { aTaskRun } from '../../builders/task-run.ts';

/** 1,000 addresses, every port: 65,535,000 probes are 3 h 38 min at 5,000 a second. */
const SWEEP = { probes: 65_535_000, rate: 5_000 };

describe('how long a run may take', () => {
  it('is ten minutes at least, eight times its own time, and less than queues keep a message', () => {
    expect(runLifeMs({ probes: 460, rate: 5_000 })).toBe(600_000);
    expect(runLifeMs(SWEEP)).toBe(104_856_000);
    expect(runLifeMs({ probes: 6_553_500_000, rate: 500 })).toBe(days(13));
  });

  it('lets its shards wait an hour more, behind those of others', () => {
    expect(shardLifeMs({ probes: 460, rate: 5_000 })).toBe(minutes(70));
    // 65,535 ports at 8 a second.
    expect(shardLifeMs({ probes: 65_535, rate: 5_000, busiestMs: minutes(136) })).toBe(minutes(272 + 60));
    expect(shardLifeMs(SWEEP)).toBe(108_456_000);
    expect(shardLifeMs({ probes: 6_553_500_000, rate: 500 })).toBe(days(13));
  });

  it('is kept for as long as its shards may come, and until its next turn but one', () => {
    expect(runKeptMs({ probes: 460, rate: 5_000 }, minutes(10))).toBe(days(2) + minutes(70));
    expect(runKeptMs(SWEEP, days(7))).toBe(days(14));
  });
});

describe('a run', () => {
  const START = '2026-03-01T09:00:00.000Z';
  const sweep = aTaskRun({ startedAt: START, shards: 4_000, complete: 900, probes: SWEEP.probes });
  const underWay = (run: typeof sweep, ms: number) => isUnderWay(run, SWEEP.rate, after(START, ms));

  it('of thousands of shards is under way for hours, and for a day where there is other work', () => {
    expect([minutes(11), hours(4), hours(24), hours(29)].map((ms) => underWay(sweep, ms))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(underWay(sweep, 104_856_000)).toBe(false);
  });

  it('that is finished is not', () => {
    expect(underWay({ ...sweep, finishedAt: START }, 1_000)).toBe(false);
  });

  it('does not hold up its next turn for a hundredth of its shards, or for one: those were lost', () => {
    expect(underWay({ ...sweep, complete: 3_900, incomplete: 59 }, minutes(11))).toBe(true);
    expect(underWay({ ...sweep, complete: 3_900, incomplete: 60 }, minutes(11))).toBe(false);
    const small = { ...sweep, shards: 16, complete: 15 };
    expect(underWay(small, minutes(9))).toBe(true);
    expect(underWay(small, minutes(10))).toBe(false);
    expect(underWay({ ...small, complete: 14 }, minutes(10))).toBe(true);
  });
});
