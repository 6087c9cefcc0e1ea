import { beforeEach, describe, expect, it } from 'vitest';
import type { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { ShardResult as ShardResultSchema } from '../../../core/fingerprints/shard-result.ts';
import { DEFAULT_CLOSURE_POLICY, applyResult, emptyFingerprint } from '../../../core/fingerprints/observe.ts';
import { ConfiguredAssets } from '../../../core/assets/configured-assets.ts';
import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';
import { importScan } from '../../../core/stages/import-scan.ts';
import { refreshAssets } from '../../../core/stages/refresh-assets.ts';
import type { ScannedAddress } from '../../../core/stages/scanned-address.ts';
import { toInstant } from '../../../core/time.ts';
import { anAsset } from '../../builders/asset.ts';
import { StageWorld } from '../../support/stages/world.ts';

const NOW = '2026-11-21T08:10:00.000Z';
const EARLIER = '2026-11-21T08:08:00.000Z';
const sent: ShardResult[] = [];

const scanned = (over: Partial<ScannedAddress> = {}): ScannedAddress => ({
  address: '192.0.2.3',
  connected: '',
  synAck: '',
  closed: '',
  silent: '',
  startedAt: EARLIER,
  finishedAt: EARLIER,
  ...over,
});

const configured = (targets: readonly string[], exclude: readonly string[], now = NOW) =>
  new ConfiguredAssets(
    {
      ...DEFAULT_SETTINGS,
      targets,
      exclude,
      owners: [{ match: '192.0.2.0/24', owner: 'payments', email: 'p@example.com' }],
    },
    {
      clock: { now: () => now },
      log: { info: () => undefined, warn: () => undefined },
      resolver: {
        resolveHost: async () => ['192.0.2.20'],
        readFile: () => Promise.reject(new Error('no file is read')),
      },
      interfaces: { list: async () => [] },
    },
  );

const take = (
  addresses: readonly ScannedAddress[],
  { now = NOW, exclude = [] as string[], scanner = 'nmap 7.93' } = {},
) =>
  importScan(
    {
      clock: { now: () => now },
      assets: {
        list: async () => ['192.0.2.3', '192.0.2.4', '127.0.0.1', '224.0.0.1'].map((address) => anAsset({ address })),
      } as never,
      configured: configured([], exclude),
      results: { send: async (result) => void sent.push(ShardResultSchema.parse(result)) },
    },
    { scanner, addresses },
  );

beforeEach(() => {
  sent.length = 0;
});

describe('what another scanner saw', () => {
  it('over UDP can only open, and is asked for again', async () => {
    const report = await take([scanned({ connected: '53', answered: '53,161' })], { exclude: ['192.0.2.3:161'] });
    expect(report).toMatchObject({ ports: 2, notOpen: 0 });
    const results = sent.flatMap((one) => one.results.map((seen) => ({ status: one.status, ...seen })));
    expect(results.find(({ protocol }) => protocol === 'udp')).toMatchObject({
      status: 'partial',
      covered: '53',
      open: [{ port: 53, reason: 'answered' }],
    });
    expect(results.find(({ protocol }) => protocol === 'tcp')).toMatchObject({ covered: '53' });
  });

  it('becomes a result of that scanner with its own times, and covers what was seen and nothing else', async () => {
    expect(await take([scanned({ connected: '22', synAck: '80', closed: '1-21', silent: '5000-5003' })])).toEqual({
      addresses: 1,
      ports: 2,
      notOpen: 25,
      refused: [],
    });
    expect(sent).toMatchObject([{ engine: 'nmap 7.93', status: 'complete', startedAt: EARLIER }]);
    expect(sent[0]?.results).toEqual([
      {
        address: '192.0.2.3',
        protocol: 'tcp',
        covered: '1-22,80,5000-5003',
        open: [
          { port: 22, reason: 'connected', rttMs: 0, tries: 1 },
          { port: 80, reason: 'syn-ack', rttMs: 0, tries: 1 },
        ],
        closed: '1-21',
        unknown: '',
        unknownReasons: {},
        probes: 1,
        startedAt: EARLIER,
        finishedAt: EARLIER,
      },
    ]);
  });

  it('of one address in very many records is several results, each with a name of its own', async () => {
    await take(Array.from({ length: 501 }, (_, i) => scanned({ synAck: String(i + 1) })));
    expect(sent.length).toBeGreaterThan(1);
    expect(new Set(sent.map(({ shard }) => shard.shardId)).size).toBe(sent.length);
    expect(new Set(sent.map(({ shard }) => shard.runId)).size).toBe(1);
  });

  it('with open ports alone is partial: it can close nothing', async () => {
    await take([scanned({ synAck: '443' }), scanned({ address: '192.0.2.4', closed: '443' })], { scanner: 'masscan' });
    expect(sent.map(({ status, results }) => [status, results.map(({ address }) => address)])).toEqual([
      ['complete', ['192.0.2.4']],
      ['partial', ['192.0.2.3']],
    ]);
  });

  it('is refused by name where it is not watched, never scanned, excluded, or from the future', async () => {
    const addresses = ['198.51.100.1', '224.0.0.1', '192.0.2.4', '127.0.0.1', '192.0.2.3'];
    const future = { startedAt: '2026-11-21T09:00:00.000Z', finishedAt: '2026-11-21T09:00:00.000Z' };
    const report = await take(
      addresses.map((address) => scanned({ address, connected: '22', ...(address === '192.0.2.3' ? future : {}) })),
      { exclude: ['192.0.2.4', ':22'] },
    );
    expect(report.refused.map(({ address, reason }) => [address, reason.slice(0, 34)])).toEqual([
      ['198.51.100.1', 'it is not watched'],
      ['224.0.0.1', 'it is never scanned: it is a multic'.slice(0, 34)],
      ['192.0.2.4', 'it is excluded'],
      ['127.0.0.1', 'every port of it in the file is ex'],
      ['192.0.2.3', 'its result is dated 2026-11-21T09:'],
    ]);
    expect([report.addresses, sent]).toEqual([0, []]);
  });

  it('loses excluded ports, open or not', async () => {
    await take([scanned({ connected: '22,80', closed: '81' })], { exclude: ['192.0.2.3:80-81'] });
    expect(sent[0]?.results).toMatchObject([{ covered: '22', closed: '', open: [{ port: 22 }] }]);
  });

  it('more than five minutes ago is asked for again, also where it finished a connection then', async () => {
    const [old, young] = ['2026-11-21T08:04:59.000Z', '2026-11-21T08:05:01.000Z'];
    await take([
      scanned({ connected: '22', startedAt: old, finishedAt: old }),
      scanned({ address: '192.0.2.4', connected: '22', startedAt: old, finishedAt: young }),
    ]);
    const seen = sent.flatMap(({ results }) => results.map(({ address, open }) => [address, open[0]?.reason]));
    expect(seen).toEqual([
      ['192.0.2.3', 'syn-ack'],
      ['192.0.2.4', 'connected'],
    ]);
  });

  it('without times counts as seen now, and is asked for again: nobody knows how old it is', async () => {
    await take([scanned({ connected: '22', startedAt: null, finishedAt: null })]);
    expect(sent[0]?.results).toMatchObject([{ startedAt: NOW, finishedAt: NOW, open: [{ reason: 'syn-ack' }] }]);
  });

  it('without times says nothing of what was not open: the same file twice would be two looks', async () => {
    const undated = { startedAt: null, finishedAt: null };
    const report = await take([
      scanned({ synAck: '22', closed: '80', silent: '443', ...undated }),
      scanned({ address: '192.0.2.4', closed: '80', silent: '443', ...undated }),
    ]);
    expect(report).toEqual({
      addresses: 1,
      ports: 1,
      notOpen: 0,
      refused: [{ address: '192.0.2.4', reason: 'nothing in its result is open, and it has no time' }],
    });
    expect(
      sent.map(({ status, results }) => [status, results.map(({ covered, closed }) => [covered, closed])]),
    ).toEqual([['partial', [['22', '']]]]);
  });

  it('of one address at several times is one address', async () => {
    const earlier = { startedAt: '2026-11-21T08:06:00.000Z', finishedAt: '2026-11-21T08:06:00.000Z' };
    expect(await take([scanned({ synAck: '22' }), scanned({ synAck: '80', ...earlier })])).toMatchObject({
      addresses: 1,
      ports: 2,
    });
  });

  it('of any size fits the queue, and nothing of it is lost', async () => {
    const odd = Array.from({ length: 32_767 }, (_, index) => 2 * index + 1).join(',');
    const even = Array.from({ length: 32_767 }, (_, index) => 2 * index + 2).join(',');
    await take([scanned({ connected: '1-65535' }), scanned({ address: '192.0.2.4', closed: odd, silent: even })]);
    for (const result of sent) expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(262_144);
    const open = sent.flatMap(({ results }) => results.flatMap((result) => result.open.map(({ port }) => port)));
    expect(new Set(open).size).toBe(65_535);
    const closed = sent.flatMap(({ results }) => results.flatMap((result) => result.closed.split(',')));
    expect(closed.filter((port) => port !== '')).toHaveLength(32_767);
  });

  it('loses against what was seen later, and twice is as once', async () => {
    await take([scanned({ connected: '22' })]);
    const [result] = sent;
    const seen = result?.results[0];
    if (result === undefined || seen === undefined) throw new Error('nothing was sent');
    const context = { status: result.status, purpose: 'sweep', runId: 'r-1', engine: result.engine, now: NOW } as const;
    const step = (before: Parameters<typeof applyResult>[0]) =>
      applyResult(before, seen, context, DEFAULT_CLOSURE_POLICY);
    const empty = emptyFingerprint('192.0.2.3', toInstant(0));
    const once = step(empty);
    expect(once.fingerprint.open).toBe('22');
    expect(step(once.fingerprint)).toMatchObject({ changes: [], changed: false });
    const later = { ...empty, observed: [{ ports: '22', at: '2026-11-21T08:09:00.000Z' }] };
    expect(step(later)).toMatchObject({ changes: [], changed: false });
  });
});

describe('what another scanner saw of targets of the configuration, before they were ever watched', () => {
  let world: StageWorld;
  const targets = ['192.0.2.0/29', 'edge.example.com', '127.7.7.9'];

  beforeEach(() => {
    world = new StageWorld();
    world.now = NOW;
  });

  const takeInto = async (addresses: readonly ScannedAddress[], { exclude = [] as string[], among = targets } = {}) => {
    const results: ShardResult[] = [];
    const report = await importScan(
      {
        ...world.ports,
        configured: configured(among, exclude, world.now),
        results: { send: async (result) => void results.push(ShardResultSchema.parse(result)) },
      },
      { scanner: 'nmap 7.93', addresses },
    );
    await world.ingest(results);
    return report;
  };
  const watch = () => refreshAssets({ source: configured(targets, [], world.now), assets: world.stores.assets });
  const known = async () => (await world.stores.assets.list()).map(({ address }) => address).sort();

  it('is taken, and the addresses are watched from then on', async () => {
    const addresses = ['192.0.2.3', '192.0.2.20', '127.7.7.9', '192.0.2.30'];
    const report = await takeInto(addresses.map((address) => scanned({ address, connected: '6379' })));
    expect(report).toEqual({
      addresses: 3,
      ports: 3,
      notOpen: 0,
      refused: [{ address: '192.0.2.30', reason: 'it is not watched' }],
    });
    expect(await known()).toEqual(['127.7.7.9', '192.0.2.20', '192.0.2.3']);
  });

  it('leads to what it leads to where they were watched before, and to nothing new once they are', async () => {
    const file = [scanned({ address: '192.0.2.3', connected: '6379' })];
    await takeInto(file);
    const before = { assets: await world.stores.assets.list(), findings: await world.stores.findings.list() };
    expect(before.findings).toMatchObject([{ owner: 'payments', account: 'local', port: 6379, status: 'open' }]);

    const other = new StageWorld();
    other.now = NOW;
    const first = world;
    world = other;
    await watch();
    await takeInto(file);
    expect(await world.stores.findings.list()).toEqual(before.findings);
    expect(await world.stores.assets.get('192.0.2.3')).toEqual(before.assets[0]);

    world = first;
    await watch();
    world.later(10_000);
    await world.ingest([world.sweep([6379])]);
    expect((await world.stores.findings.list()).map(({ id }) => id)).toEqual(before.findings.map(({ id }) => id));
    expect(await world.stores.changes.list({ limit: 9 })).toHaveLength(1);
  });

  it('is refused as ever where it is excluded, never scanned, or dated in the future: then they are not watched either', async () => {
    const future = { startedAt: '2026-11-21T09:00:00.000Z', finishedAt: '2026-11-21T09:00:00.000Z' };
    const report = await takeInto(
      [
        scanned({ address: '192.0.2.1', connected: '22' }),
        scanned({ address: '192.0.2.2', connected: '22' }),
        scanned({ address: '192.0.2.3', connected: '22', ...future }),
        scanned({ address: '192.0.2.4', connected: '22,80' }),
        scanned({ address: '169.254.169.254', connected: '80' }),
      ],
      { exclude: ['192.0.2.1', '192.0.2.2:22', '192.0.2.4:22'], among: [...targets, '169.254.169.254'] },
    );
    expect(report.refused.map(({ address, reason }) => [address, reason.slice(0, 22)])).toEqual([
      ['192.0.2.1', 'it is excluded'],
      ['192.0.2.2', 'every port of it in th'],
      ['192.0.2.3', 'its result is dated 20'],
      ['169.254.169.254', 'it is never scanned: i'],
    ]);
    expect(await known()).toEqual(['192.0.2.4']);
    expect((await world.stores.findings.list()).map(({ port }) => port)).toEqual([80]);
  });
});
