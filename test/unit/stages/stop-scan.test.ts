import { beforeEach, describe, expect, it } from 'vitest';
import { endCutScans, stopScan } from '../../../core/stages/stop-scan.ts';
import { whyStopped } from '../../../fargate-scanner/stopped-runs.ts';
import { aShard } from '../../builders/shard.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { ADDRESS, StageWorld } from '../../support/stages/world.ts';

const SCAN = aTaskRun({ id: 'r-scan', taskId: 'scan', scope: { targets: ADDRESS, ports: '22' } });
const SWEEP = aTaskRun({ id: 'r-sweep', taskId: '2' });
let world: StageWorld;

beforeEach(async () => {
  world = new StageWorld();
  await world.stores.assets.putAll(world.watched);
  await world.stores.runs.create(SCAN);
  await world.stores.runs.create(SWEEP);
});

const runOf = (id: string) => world.stores.runs.get(id);

describe('a scan that is stopped', () => {
  it('ends with the reason; a run of the schedule and one that is not there are not found', async () => {
    const stopped = { ...SCAN, finishedAt: world.now, stopped: 'stopped by ana' };
    expect(await stopScan(world.ports, 'r-scan', 'stopped by ana')).toEqual(stopped);
    for (const id of ['r-sweep', 'r-none']) {
      await expect(stopScan(world.ports, id, 'stopped by ana')).rejects.toThrow(`There is no scan ${id}.`);
    }
    expect(await runOf('r-sweep')).toEqual(SWEEP);
  });

  it('is what its shards and their confirmations are dropped for, and nothing else', async () => {
    const why = whyStopped(world.stores.runs);
    const shards = [
      aShard({ taskId: 'scan', runId: 'r-scan' }),
      aShard({ taskId: 'confirm', runId: 'confirm-r-scan', purpose: 'confirm' }),
      aShard({ taskId: 'confirm', runId: 'confirm-r-sweep', purpose: 'confirm' }),
      aShard({ taskId: 'confirm', runId: 'confirm-r-import', purpose: 'confirm' }),
      aShard({ taskId: '2', runId: 'r-sweep' }),
    ];
    const answers = () => Promise.all(shards.map((shard) => why(shard)));
    expect(await answers()).toEqual([null, null, null, null, null]);
    await stopScan(world.ports, 'r-scan', 'stopped by ana');
    expect(await answers()).toEqual(['stopped by ana', 'stopped by ana', null, null, null]);
  });

  it('costs sweeps no look, and itself one however many shards it has left', async () => {
    let looks = 0;
    const why = whyStopped({
      async get(id) {
        looks += 1;
        return { ...SCAN, id, stopped: 'stopped by ana' };
      },
    });
    for (let i = 0; i < 10; i += 1) await why(aShard({ taskId: '2', runId: 'r-sweep' }));
    expect(looks).toBe(0);
    for (let i = 0; i < 10; i += 1) await why(aShard({ taskId: 'scan', runId: 'r-scan' }));
    expect(looks).toBe(1);
  });
});

describe('scans whose process ended first', () => {
  it('are ended, once; what has ended and what the schedule started stay as they are', async () => {
    const done = aTaskRun({ id: 'r-done', taskId: 'scan', finishedAt: world.now });
    await world.stores.runs.create(done);
    expect((await endCutScans({ ...world.ports, runs: world.stores.runs })).map(({ id }) => id)).toEqual(['r-scan']);
    expect(await runOf('r-scan')).toMatchObject({
      finishedAt: world.now,
      stopped: 'the process that ran it ended first',
    });
    expect([await runOf('r-done'), await runOf('r-sweep')]).toEqual([done, SWEEP]);
    expect(await endCutScans({ ...world.ports, runs: world.stores.runs })).toEqual([]);
  });
});

describe('the kill switch', () => {
  const refused = (runId: string, taskId: string) => {
    const result = world.sweep([], { status: 'partial' });
    return { ...result, reason: 'kill switch: drill', shard: { ...result.shard, runId, taskId } };
  };

  it('ends a scan with the first shard that it refuses, and no run of the schedule', async () => {
    world.killSwitch = async () => ({ on: true, reason: 'drill' });
    await world.ingest([refused('r-scan', 'scan'), refused('r-sweep', '2')]);
    expect(await runOf('r-scan')).toMatchObject({ incomplete: 1, stopped: 'the kill switch is on (drill)' });
    expect((await runOf('r-sweep'))?.finishedAt).toBeNull();
  });

  it('that is off ends none: a shard may be cut short for other reasons', async () => {
    await world.ingest([refused('r-scan', 'scan')]);
    expect(await runOf('r-scan')).toMatchObject({ incomplete: 1, finishedAt: null });
  });
});
