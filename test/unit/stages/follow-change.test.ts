import { beforeEach, describe, expect, it } from 'vitest';
import type { ShardCause } from '../../../core/planning/shard.ts';
import type { Leg } from '../../../core/ports/metrics.ts';
import { makeFollowChange } from '../../../core/stages/follow-change.ts';
import { anAsset } from '../../builders/asset.ts';
import { anAddressResult, anOpenPort, aShardResult } from '../../builders/shard-result.ts';
import { ADDRESS, StageWorld } from '../../support/stages/world.ts';

/** The world's time is 09:00:00. */
const CAUSE: ShardCause = {
  eventId: 'e-1',
  at: '2026-03-01T08:59:58.000Z',
  receivedAt: '2026-03-01T08:59:59.000Z',
  evaluatedAt: '2026-03-01T08:59:59.500Z',
  late: false,
  firstAt: '2026-03-01T09:00:00.000Z',
  attempt: 0,
};

let world: StageWorld;
let latencies: [Leg, number][];

beforeEach(async () => {
  world = new StageWorld();
  latencies = [];
  await world.stores.assets.putAll([anAsset({ address: ADDRESS })]);
});

const follow = (result: ReturnType<typeof aShardResult>) =>
  makeFollowChange({
    ...world.ports,
    settings: world.settings,
    metrics: { latency: (leg, ms) => void latencies.push([leg, ms]) },
  })(result);

/** 22 open, 23 refused, 24 and 25 silent. */
function resultOf(cause: Partial<ShardCause> = {}, over: Parameters<typeof aShardResult>[0] = {}) {
  return aShardResult({
    results: [
      anAddressResult({
        covered: '22-25',
        open: [anOpenPort(22)],
        closed: '23',
        finishedAt: '2026-03-01T09:00:01.000Z',
      }),
    ],
    ...over,
    shard: { taskId: '10', ports: '22-25', cause: { ...CAUSE, ...cause }, ...over.shard },
  });
}

const sent = () => world.sent.map(({ shard, delaySeconds }) => [shard.ports, shard.cause?.attempt, delaySeconds]);

describe('a probe after a change', () => {
  it('is repeated for what neither answered nor refused, ahead of the sweeps', async () => {
    world.later(1_000);
    await follow(resultOf());
    expect(sent()).toEqual([['24-25', 1, 2]]);
    expect(world.sent[0]).toMatchObject({
      priority: true,
      shard: { addresses: [ADDRESS], taskId: '10', purpose: 'sweep', tries: 1, cause: { ...CAUSE, attempt: 1 } },
    });
  });

  it('comes 0, 3, 10, 30, 60, 120 and 300 s after the first, and then no more', async () => {
    const times: number[] = [];
    let result = resultOf();
    for (let guard = 0; guard < 10; guard += 1) {
      world.sent.length = 0;
      world.later(1_300);
      await follow(result);
      const [next] = world.sent;
      if (next === undefined) break;
      world.later(next.delaySeconds * 1_000);
      times.push(Math.floor((Date.parse(world.now) - Date.parse(CAUSE.firstAt)) / 1_000));
      result = resultOf({ attempt: next.shard.cause?.attempt ?? 0 });
    }
    expect(times).toEqual([3, 10, 30, 60, 120, 300]);
  });

  it('leaves out the times that have passed while it waited', async () => {
    world.later(45_000);
    await follow(resultOf());
    expect(sent()).toEqual([['24-25', 4, 15]]);
    world.sent.length = 0;
    world.later(300_000);
    await follow(resultOf());
    expect(sent()).toEqual([]);
  });

  it('ends with the first answer of everything', async () => {
    const results = [anAddressResult({ covered: '22-25', open: [anOpenPort(22)], closed: '23-25' })];
    await follow(resultOf({}, { results }));
    expect(sent()).toEqual([]);
  });

  it('is repeated whole when the scan failed', async () => {
    await follow(resultOf({}, { status: 'failed', reason: 'lag', results: [] }));
    expect(sent()).toEqual([['22-25', 1, 3]]);
  });

  it('leaves alone what was excluded, and an address that is no longer ours', async () => {
    const shard = { addresses: [ADDRESS, '192.0.2.9'], excluded: { [ADDRESS]: '25' } };
    const result = resultOf({}, { results: [] });
    await follow({ ...result, shard: { ...result.shard, ...shard } });
    expect(world.sent.map((one) => [one.shard.addresses, one.shard.ports])).toEqual([[[ADDRESS], '22-24']]);
  });

  it('of very many silent ports goes on with the high-risk ones', async () => {
    await follow(resultOf({}, { results: [], shard: { ports: '6000-9000' } }));
    const ports = world.sent.map(({ shard }) => shard.ports).join(',');
    expect(ports.split(',')).toContain('6379');
    expect(ports.length).toBeLessThan(500);
  });

  it('delivered twice asks for the same shards', async () => {
    await follow(resultOf());
    await follow(resultOf());
    const ids = world.sent.map(({ shard }) => shard.shardId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('that nothing asked for is none of its business', async () => {
    await follow(aShardResult({ shard: { taskId: '2' }, results: [] }));
    expect([world.sent, latencies]).toEqual([[], []]);
  });
});

describe('the time until a port answers', () => {
  it('is measured from the evaluation to the first open port', async () => {
    await follow(resultOf());
    expect(latencies).toEqual([['scanned', 1_500]]);
  });

  it('is not measured when nothing is open', async () => {
    await follow(resultOf({}, { results: [] }));
    expect(latencies).toEqual([]);
  });
});

describe('ingest', () => {
  it('hands the results of a change on, and no others', async () => {
    const followed: string[] = [];
    const hook = { follow: async ({ shard }: { shard: { shardId: string } }) => void followed.push(shard.shardId) };
    await world.ingest(
      [resultOf({}, { shard: { shardId: 's-change' } }), aShardResult({ shard: { shardId: 's-sweep' } })],
      hook,
    );
    expect(followed).toEqual(['s-change']);
  });

  it('repeats a result whose next probe could not be asked for', async () => {
    const outcomes = await world.ingest([resultOf()], { follow: () => Promise.reject(new Error('queue down')) });
    expect(outcomes).toMatchObject([{ ok: false }]);
  });
});
