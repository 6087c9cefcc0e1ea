import { describe, expect, it } from 'vitest';
import { LossWatch } from '../../../fargate-scanner/engines/connect/loss-watch.ts';
import { progressLine, runProgress } from '../../../fargate-scanner/progress.ts';

describe('progressLine', () => {
  it('says how far, how fast and how long still', () => {
    expect(progressLine({ done: 12_500, total: 65_535, rate: 4_980.4, etaMs: 10_650 })).toBe(
      'scan: 12,500 of 65,535 probes (19 %), 4,980/s, 11s left',
    );
    expect(progressLine({ done: 5, total: 10, rate: 0, etaMs: null })).toBe(
      'scan: 5 of 10 probes (50 %), 0/s, waiting for answers',
    );
  });
});

describe('runProgress', () => {
  const at = (done: number) => ({ done, total: 10_000, rate: 1_000 });

  it('is silent for the first two seconds and then says at most one line a second for all shards together', () => {
    const lines: string[] = [];
    let now = 0;
    const progress = runProgress(
      (line) => lines.push(line),
      () => now,
    );
    for (now = 1_000; now <= 4_000; now += 250) {
      progress.report('a', at(now));
      progress.report('b', at(now));
    }
    expect(lines).toEqual([
      'scan: 3,750 of 20,000 probes (18 %), 2,000/s, 8.1s left',
      'scan: 5,750 of 20,000 probes (28 %), 2,000/s, 7.1s left',
      'scan: 7,750 of 20,000 probes (38 %), 2,000/s, 6.1s left',
    ]);
  });

  it('starts anew when everything under way has ended', () => {
    const lines: string[] = [];
    let now = 1_000;
    const progress = runProgress(
      (line) => lines.push(line),
      () => now,
    );
    progress.report('a', at(1_000));
    now = 1_900;
    progress.end('a');
    now = 60_000;
    progress.report('b', at(1_000));
    now = 60_500;
    progress.report('b', at(1_500));
    expect(lines).toEqual([]);
  });
});

describe('LossWatch', () => {
  it('notices that more than 2 % of the answers came only to the second SYN', () => {
    const watch = new LossWatch(0);
    for (let i = 0; i < 97; i += 1) watch.heard(20);
    for (let i = 0; i < 3; i += 1) watch.heard(1_020);
    expect(watch.tick(999)).toBe(false);
    expect(watch.tick(1_000)).toBe(true);
    expect(watch.tick(3_000)).toBe(false);
  });

  it('takes a host that is always slow for slow', () => {
    const watch = new LossWatch(0);
    for (let i = 0; i < 100; i += 1) watch.heard(950);
    expect(watch.tick(2_000)).toBe(false);
  });
});
