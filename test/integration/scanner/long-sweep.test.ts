import { expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import type { Engine } from '../../../fargate-scanner/engines/engine.ts';
import { makeRecheck } from '../../../fargate-scanner/recheck.ts';
import { scanShard } from '../../../fargate-scanner/scan-shard.ts';
import { anAsset } from '../../builders/asset.ts';
import { NOTHING_FORBIDDEN } from '../../support/scanner/nothing-forbidden.ts';
import { StageWorld } from '../../support/stages/world.ts';

const ADDRESSES = Array.from({ length: 1_000 }, (_, i) => `198.51.${100 + (i >> 8)}.${i & 255}`);
const [RELEASED] = ADDRESSES;
const RATE = 5_000;

/** Keeps what it is asked to probe, and hears nothing. */
class Listener implements Engine {
  readonly name = 'listener';
  readonly probed = new Map<string, PortSet[]>();

  async *scan({ targets }: Parameters<Engine['scan']>[0]) {
    for (const { address, ports } of targets) {
      const before = this.probed.get(address);
      if (before) before.push(ports);
      else this.probed.set(address, [ports]);
    }
    yield { kind: 'done', complete: true, probes: 0 } as const;
  }
}

it('a full sweep of 1,000 addresses at 5,000 probes a second is scanned to its end, four hours after it was queued', async () => {
  const world = new StageWorld();
  world.settings = { ...world.settings, rate: RATE };
  world.watched = ADDRESSES.map((address) => anAsset({ address }));
  await world.stores.assets.putAll(world.watched);
  const run = await world.dispatch('1');
  const engine = new Listener();
  const recheck = makeRecheck(world.stores);
  let released = false;
  for (const { shard } of world.sent) {
    world.later((shard.addresses.length * PortSet.parse(shard.ports).size * 1_000) / RATE);
    if (!released && world.now > '2026-03-01T11:00:00.000Z') {
      released = true;
      await world.stores.assets.removeAll([RELEASED ?? '']);
    }
    const result = await scanShard(shard, {
      ...NOTHING_FORBIDDEN,
      engine,
      clock: { now: () => world.now },
      recheck,
      limits: { rate: RATE, shared: null, perAddressRate: 500, deadlineMs: 10_000 },
    });
    expect([shard.shardId, result.status]).toEqual([shard.shardId, 'complete']);
    await world.stores.runs.recordShard(shard.runId, shard.shardId, 'complete', null);
  }
  expect(world.now > '2026-03-01T12:38:00.000Z').toBe(true);
  expect(await world.stores.runs.get(run?.id ?? '')).toMatchObject({
    shards: world.sent.length,
    complete: world.sent.length,
  });
  const whole = [...engine.probed].filter(([, sets]) => sets.reduce((sum, set) => sum + set.size, 0) === 65_535);
  expect(whole.map(([address]) => address).toSorted()).toEqual(
    ADDRESSES.filter((address) => address !== RELEASED).toSorted(),
  );
});
