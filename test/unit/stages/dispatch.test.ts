import { beforeEach, describe, expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { anAsset } from '../../builders/asset.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { ADDRESS, StageWorld } from '../../support/stages/world.ts';

let world: StageWorld;

beforeEach(() => {
  world = new StageWorld();
});

const portsSent = () => world.sent.reduce((set, { shard }) => set.union(PortSet.parse(shard.ports)), PortSet.EMPTY);

describe('one tick of the catalogue', () => {
  it('becomes shards that cover every watched address and port, and a run that counts them', async () => {
    world.watched = [anAsset({ address: ADDRESS }), anAsset({ address: '192.0.2.4' })];
    const run = await world.dispatch('1');
    expect(portsSent().equals(PortSet.ALL)).toBe(true);
    expect(new Set(world.sent.flatMap(({ shard }) => shard.addresses))).toEqual(new Set([ADDRESS, '192.0.2.4']));
    expect(run).toMatchObject({ shards: world.sent.length, addresses: 2, probes: 2 * 65_535, finishedAt: null });
    expect(world.sent.every(({ shard }) => shard.notAfter === '2026-03-01T10:10:00.000Z')).toBe(true);
  });

  it('has larger shards for more than 256 addresses, and for fewer as small as urgent work needs', async () => {
    const watch = (count: number) =>
      Array.from({ length: count }, (_, i) => anAsset({ address: `10.0.${i >> 8}.${i & 255}` }));
    const most = async (count: number, task: string): Promise<number> => {
      world.sent.length = 0;
      world.watched = watch(count);
      await world.dispatch(task);
      const pairs = world.sent.map(({ shard }) => shard.addresses.length * PortSet.parse(shard.ports).size);
      return Math.max(...pairs);
    };
    expect(await most(256, '2')).toBeLessThanOrEqual(512);
    expect(await most(257, '2')).toBeGreaterThan(4_096);
    expect(await most(257, '2')).toBeLessThanOrEqual(16_384);
  });

  it('never probes what is excluded', async () => {
    world.watched = [anAsset({ address: ADDRESS }), anAsset({ address: '192.0.2.4' })];
    world.settings = { ...world.settings, exclude: ['192.0.2.4', `${ADDRESS}:22`] };
    await world.dispatch('2');
    for (const { shard } of world.sent) {
      expect(shard.addresses).toEqual([ADDRESS]);
      expect(
        PortSet.parse(shard.ports)
          .subtract(PortSet.parse(shard.excluded[ADDRESS] ?? ''))
          .has(22),
      ).toBe(false);
    }
  });

  it('lets full sweeps wait for those that follow the cadence, and neither is urgent', async () => {
    for (const task of ['0', '1', '2']) await world.dispatch(task);
    const lanes = (task: string) =>
      new Set(world.sent.filter(({ shard }) => shard.taskId === task).map(({ backstop }) => backstop));
    expect(['0', '1', '2'].map(lanes)).toEqual([new Set([false]), new Set([true]), new Set([false])]);
    expect(world.sent.some(({ priority }) => priority)).toBe(false);
  });

  it('keeps to the configured ports, in every task', async () => {
    world.settings = { ...world.settings, ports: '22,6379' };
    await world.stores.fingerprints.save(aFingerprint({ version: 0, address: ADDRESS, open: '22,9999' }));
    for (const task of ['0', '1', '2', '4']) await world.dispatch(task);
    expect(portsSent().toString()).toBe('22,6379');
    const monitor = world.sent.filter(({ shard }) => shard.taskId === '4');
    expect(monitor.map(({ shard }) => shard.ports)).toEqual(['22']);
  });

  it('delivered twice is one run with the same shards', async () => {
    await world.dispatch('2');
    const first = world.sent.map(({ shard }) => shard.shardId);
    world.sent.length = 0;
    await world.dispatch('2', '2026-03-01T09:00:00.000Z');
    expect(world.sent.map(({ shard }) => shard.shardId)).toEqual(first);
    expect(await world.stores.runs.list({ limit: 10 })).toHaveLength(1);
  });

  it('is left out while the run before is under way, but not for ever', async () => {
    await world.dispatch('2');
    world.later(10_000);
    expect(await world.dispatch('2')).toBeUndefined();
    world.later(600_000);
    expect(await world.dispatch('2')).toBeDefined();
  });

  it('of a full sweep has shards that live for as long as it takes, and no second one meanwhile', async () => {
    world.watched = Array.from({ length: 1_000 }, (_, i) => anAsset({ address: `10.0.${i >> 8}.${i & 255}` }));
    world.settings = { ...world.settings, rate: 5_000 };
    // 65,535,000 probes at 5,000 a second: eight times 3 h 38 min, and an hour.
    const run = await world.dispatch('1');
    expect(run).toMatchObject({ probes: 65_535_000, addresses: 1_000 });
    expect(new Set(world.sent.map(({ shard }) => shard.notAfter))).toEqual(new Set(['2026-03-02T15:07:36.000Z']));
    for (const ms of [600_000, 3 * 3_600_000, 20 * 3_600_000]) {
      world.later(ms);
      expect(await world.dispatch('1')).toBeUndefined();
    }
    // Hundreds of runs of other tasks in between do not hide it.
    for (let i = 0; i < 60; i += 1) await world.stores.runs.create(aTaskRun({ id: `r-${i}`, startedAt: world.now }));
    expect(await world.dispatch('1')).toBeUndefined();
    world.later(6 * 3_600_000);
    expect(await world.dispatch('1')).toBeDefined();
  });

  it('of more addresses than are planned at once has every pair once, under ids that differ', async () => {
    world.watched = Array.from({ length: 10_001 }, (_, i) => anAsset({ address: `10.0.${i >> 8}.${i & 255}` }));
    world.settings = { ...world.settings, ports: '22' };
    const run = await world.dispatch('2');
    expect(run).toMatchObject({ addresses: 10_001, probes: 10_001, shards: world.sent.length });
    expect(new Set(world.sent.map(({ shard }) => shard.shardId)).size).toBe(world.sent.length);
    const addresses = world.sent.flatMap(({ shard }) => shard.addresses);
    expect([addresses.length, new Set(addresses).size]).toEqual([10_001, 10_001]);
    // Each run begins somewhere else.
    const starts = new Set<string | undefined>();
    for (let i = 0; i < 8; i += 1) {
      world.sent.length = 0;
      world.later(3_600_000 * 2);
      await world.dispatch('2');
      starts.add(world.sent[0]?.shard.addresses[0]);
    }
    expect(starts.size).toBeGreaterThan(1);
  });

  it('of task 9 is silent where no rules are read: no run, no shard, no warning', async () => {
    expect(await world.dispatch('9')).toBeUndefined();
    expect(await world.stores.runs.list({ limit: 10 })).toEqual([]);
    expect([world.sent, world.warnings]).toEqual([[], []]);
  });

  it('does nothing while the kill switch is on, and fails when it cannot be read', async () => {
    world.killSwitch = async () => ({ on: true, reason: 'drill' });
    expect(await world.dispatch('2')).toBeUndefined();
    world.killSwitch = () => Promise.reject(new Error('EIO'));
    await expect(world.dispatch('2')).rejects.toThrow('EIO');
    expect(world.sent).toEqual([]);
  });

  it('of a task that does not exist says which there are', async () => {
    await expect(world.dispatch('99')).rejects.toThrow(
      'There is no scan task "99": the catalogue has 0, 1, 2, 4, 6, 7, 8, 9, 2u, 4u, 6u, 9u.',
    );
  });
});
