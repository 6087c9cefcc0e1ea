import { beforeEach, describe, expect, it } from 'vitest';
import { partsOf } from '../../../core/fingerprints/result-parts.ts';
import type { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { after } from '../../../core/time.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { ADDRESS, StageWorld } from '../../support/stages/world.ts';

const RUN = 'r-0000000000000001';
let world: StageWorld;

beforeEach(async () => {
  world = new StageWorld();
  await world.stores.assets.putAll(world.watched);
  await world.stores.runs.create(
    aTaskRun({ id: RUN, shards: 2, finishedAt: null, complete: 0, incomplete: 0, reasons: [] }),
  );
  await world.ingest([world.sweep([443, 6379], { shardId: 's-before' })]);
  world.later(60_000);
});

/** Everything that is recorded, asked for and told. */
const record = async () => ({
  fingerprints: await world.stores.fingerprints.list(),
  changes: await world.stores.changes.list({ limit: 100 }),
  findings: await world.stores.findings.list(),
  run: await world.stores.runs.get(RUN),
  audit: await world.stores.audit.list({ limit: 100 }),
  asked: [...world.sent],
  alerts: [...world.alertRequests],
});

/** The first address result with these fields changed. */
const seen = (result: ShardResult, over: Partial<ShardResult['results'][number]>): ShardResult => ({
  ...result,
  results: result.results.map((one) => ({ ...one, ...over })),
});

/** As another scanner would see the same later. */
const again = (result: ShardResult): ShardResult => {
  const later = { startedAt: after(result.startedAt, 30_000), finishedAt: after(result.finishedAt, 30_000) };
  return seen({ ...result, ...later }, later);
};

const OUTCOMES: Readonly<Record<string, () => ShardResult>> = {
  'nothing changed': () => world.sweep([443, 6379]),
  'a port opened': () => world.sweep([80, 443, 6379]),
  'a port that needs a connection to confirm it': () => {
    const result = world.sweep([80, 443, 6379]);
    return seen(result, { open: result.results[0]!.open.map((open) => ({ ...open, reason: 'syn-ack' as const })) });
  },
  'a port refuses': () => world.sweep([6379]),
  'a port is silent': () => seen(world.sweep([6379]), { closed: '22,80,8080' }),
  'everything is closed': () => world.sweep([]),
  'a port is unknown': () =>
    seen(world.sweep([6379]), { closed: '22,80,8080', unknown: '443', unknownReasons: { ENOBUFS: 1 } }),
  'stopped by its deadline, with a port open': () => world.sweep([80], { status: 'partial' }),
  'handed back by a scanner that stops': () => ({ ...world.sweep([80], { status: 'partial' }), handedBack: true }),
  'failed before anything was sent': () => ({ ...world.sweep([], { status: 'failed' }), results: [] }),
};

describe.each(Object.entries(OUTCOMES))('a result of a shard: %s', (_name, make) => {
  it('changes nothing when it is delivered again, alone or with itself', async () => {
    const result = make();
    expect(await world.ingest([result])).toEqual([{ ok: true }]);
    const once = await record();
    expect(await world.ingest([result])).toEqual([{ ok: true }]);
    expect(await world.ingest([result, result])).toEqual([{ ok: true }, { ok: true }]);
    expect(await record()).toEqual(once);
  });

  it('is recorded as one when it is delivered twice at once', async () => {
    const result = make();
    await world.ingest([result]);
    const once = await record();
    const twice = new StageWorld();
    await twice.stores.assets.putAll(twice.watched);
    await twice.stores.runs.create(
      aTaskRun({ id: RUN, shards: 2, finishedAt: null, complete: 0, incomplete: 0, reasons: [] }),
    );
    world = twice;
    await world.ingest([world.sweep([443, 6379], { shardId: 's-before' })]);
    world.later(60_000);
    const same = make();
    await Promise.all([world.ingest([same]), world.ingest([same])]);
    const { asked: _asked, alerts: _alerts, ...rows } = await record();
    const { asked: _once, alerts: _told, ...wanted } = once;
    expect(versionless(rows)).toEqual(versionless(wanted));
    expect(new Set(world.sent.map(({ shard }) => shard.shardId))).toEqual(
      new Set(once.asked.map(({ shard }) => shard.shardId)),
    );
  });

  it('counts its shard once when the shard is scanned again, and what was seen is no news', async () => {
    const result = make();
    await world.ingest([result]);
    const once = await record();
    world.later(40_000);
    await world.ingest([again(result)]);
    const twice = await record();
    expect(twice.run).toEqual(once.run);
    // A second look that agrees may confirm what the first one saw; it says nothing twice.
    const ids = twice.changes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const keys = twice.findings.map(({ address, port }) => `${address} ${port}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(twice.findings.every(({ address, occurrence }) => address === ADDRESS && occurrence === 1)).toBe(true);
  });
});

/** How often a row was written may differ; what it says may not. */
function versionless(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, one: unknown) => (key === 'version' ? 0 : one))) as unknown;
}

describe('a shard that a stopping scanner hands back', () => {
  it('has not ended: its run goes on until another scanner has scanned it', async () => {
    const partial = {
      ...world.sweep([80, 443, 6379], { shardId: 's-1', status: 'partial' }),
      handedBack: true,
    } as const;
    await world.ingest([partial]);
    expect(await world.stores.runs.get(RUN)).toMatchObject({ complete: 1, incomplete: 0, finishedAt: null });
    expect((await world.findingAt(80))?.status).toBe('open');
    await world.ingest([world.sweep([80, 443, 6379], { shardId: 's-1' })]);
    const run = await world.stores.runs.get(RUN);
    expect(run).toMatchObject({ complete: 2, incomplete: 0, reasons: [] });
    expect(run?.finishedAt).not.toBeNull();
  });
});

describe('a result that is too long for one message', () => {
  /** Two addresses, as many openings in each as a message holds. */
  const parts = (): ShardResult[] => {
    const result = world.sweep([80, 443, 6379], { shardId: 's-1' });
    const [one] = result.results;
    const many = Array.from({ length: 2_800 }, (_, i) => ({ ...one!.open[0]!, port: 10_000 + i }));
    const covered = '1-65535';
    return partsOf({
      ...result,
      results: [
        { ...one!, covered, open: many, unknown: '5000-5009', unknownReasons: { ENOBUFS: 10 } },
        { ...one!, covered, address: '198.51.100.200', open: many },
      ],
    });
  };

  it('ends its shard with its last part: a scanner that is killed between two leaves it to another', async () => {
    const [first, last] = parts();
    await world.ingest([first!]);
    expect(await world.stores.runs.get(RUN)).toMatchObject({ complete: 1, incomplete: 0, finishedAt: null });
    await world.ingest([first!, last!]);
    const run = await world.stores.runs.get(RUN);
    expect(run).toMatchObject({ complete: 2, incomplete: 0, unknown: 10 });
    expect(run?.finishedAt).not.toBeNull();
  });
});
