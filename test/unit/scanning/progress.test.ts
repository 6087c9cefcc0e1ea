import { describe, expect, it } from 'vitest';
import { LossWatch } from '../../../fargate-scanner/engines/connect/loss-watch.ts';
import { runProgress } from '../../../fargate-scanner/progress.ts';
import { aShard } from '../../builders/shard.ts';

describe('runProgress', () => {
  const at = (done: number) => ({ done, total: 400, rate: 1_000 });
  const shard = (shardId: string, runId: string) =>
    aShard({
      shardId,
      runId,
      addresses: ['192.0.2.1', '192.0.2.2'],
      ports: '1-100',
      excluded: { '192.0.2.2': '1-50' },
    });

  it('adds up the pairs of a run that are done in the shards under way, whatever an engine counts', () => {
    const progress = runProgress();
    for (const done of [100, 200]) progress.report(shard('a', 'r-1'), at(done));
    progress.report(shard('b', 'r-1'), at(400));
    progress.report(shard('c', 'r-2'), at(40));
    expect([progress.underWay('r-1'), progress.underWay('r-2'), progress.underWay('r-3')]).toEqual([225, 15, 0]);
    progress.end(shard('b', 'r-1'));
    expect(progress.underWay('r-1')).toBe(75);
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
