import { describe, expect, it } from 'vitest';
import { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { Exclusions } from '../../../core/net/exclusions.ts';
import { connectEngine } from '../../../fargate-scanner/engines/connect/connect-engine.ts';
import type { Engine, EngineEvent, ScanJob } from '../../../fargate-scanner/engines/engine.ts';
import { type ScanDeps, scanShard } from '../../../fargate-scanner/scan-shard.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import { aShard } from '../../builders/shard.ts';
import { aClosedPort, aListener } from '../../support/scanner/engine.ts';
import { NOTHING_FORBIDDEN } from '../../support/scanner/nothing-forbidden.ts';
import { aSilentPort } from '../../support/scanner/silent-port.ts';

const NOW = '2026-03-01T09:00:05.000Z';

function deps(over: Partial<ScanDeps> = {}): ScanDeps {
  return {
    ...NOTHING_FORBIDDEN,
    engine: connectEngine(),
    clock: { now: () => NOW },
    limits: { rate: 5_000, shared: null, perAddressRate: 500, deadlineMs: 10_000 },
    loopback: true,
    ...over,
  };
}

/** Keeps the jobs it gets and gives the events it was made with. */
function fakeEngine(...events: EngineEvent[]): Engine & { jobs: ScanJob[] } {
  const jobs: ScanJob[] = [];
  return {
    name: 'fake',
    jobs,
    async *scan(job) {
      jobs.push(job);
      yield* events;
      yield { kind: 'done', complete: true, probes: 0 };
    },
  };
}

describe('scanShard', () => {
  it('turns a shard into results that say what was covered, open and closed', async () => {
    const [open, closed, silent] = [(await aListener()).port, await aClosedPort(), await aSilentPort()];
    const shard = aShard({ ports: [open, closed, silent].sort((a, b) => a - b).join(',') });
    const result = await scanShard(shard, deps());
    expect(result).toMatchObject({ shard, engine: 'connect', status: 'complete', reason: null, startedAt: NOW });
    expect(result.results).toMatchObject([
      {
        address: '127.0.0.1',
        covered: shard.ports,
        open: [{ port: open, reason: 'connected', tries: 1 }],
        closed: String(closed),
        unknown: '',
        probes: 1,
      },
    ]);
  });

  it('sends to an address at the rate of the scanner, at that of the shard where it has one, to itself at neither', async () => {
    const engine = fakeEngine();
    const addresses = ['127.0.0.1', '192.0.2.3'];
    for (const over of [{}, { ratePerAddress: 2_000 }])
      await scanShard(aShard({ addresses, ...over }), deps({ engine }));
    expect(engine.jobs.map(({ targets }) => targets.map(({ rate }) => rate))).toEqual([
      [null, 500],
      [null, 2_000],
    ]);
  });

  it('leaves out excluded ports, whole addresses with nothing left, and port 0', async () => {
    const engine = fakeEngine();
    await scanShard(
      aShard({
        addresses: ['192.0.2.3', '192.0.2.4'],
        ports: '0-10',
        excluded: { '192.0.2.3': '3-4', '192.0.2.4': '0-10' },
      }),
      deps({ engine }),
    );
    expect(engine.jobs[0]?.targets.map(({ address, ports }) => [address, ports.toString()])).toEqual([
      ['192.0.2.3', '1-2,5-10'],
    ]);
  });

  it('probes nothing of a shard that is no longer worth it', async () => {
    const engine = fakeEngine();
    const result = await scanShard(aShard({ notAfter: NOW }), deps({ engine }));
    expect(result).toMatchObject({ status: 'failed', reason: expect.stringMatching(/^stale/), results: [] });
    expect(engine.jobs).toEqual([]);
  });

  describe('of a shard that has waited for hours', () => {
    const old = (over: Partial<Shard> = {}) =>
      aShard({
        addresses: ['192.0.2.3', '192.0.2.4'],
        createdAt: '2026-03-01T05:00:00.000Z',
        notAfter: '2026-03-02T05:00:00.000Z',
        ...over,
      });

    it('probes every address that is still ours', async () => {
      const engine = fakeEngine();
      expect((await scanShard(old(), deps({ engine }))).status).toBe('complete');
      expect(engine.jobs[0]?.targets.map(({ address }) => address)).toEqual(['192.0.2.3', '192.0.2.4']);
    });

    it('leaves out an address that was released meanwhile', async () => {
      const engine = fakeEngine();
      const recheck = async () => ({ ours: new Set(['192.0.2.4']) });
      const result = await scanShard(old(), deps({ engine, recheck }));
      expect(result.status).toBe('complete');
      expect(engine.jobs[0]?.targets.map(({ address }) => address)).toEqual(['192.0.2.4']);
    });

    it('probes nothing when none is ours any more, when its run is over, or when nobody can say', async () => {
      const engine = fakeEngine();
      const none = await scanShard(old(), deps({ engine, recheck: async () => ({ ours: new Set<string>() }) }));
      expect(none).toMatchObject({ status: 'failed', reason: 'none of its addresses is ours any more' });
      const over = await scanShard(old(), deps({ engine, recheck: async () => ({ over: 'its run ended' }) }));
      expect(over).toMatchObject({ status: 'failed', reason: 'stale: its run ended' });
      const unknown = scanShard(old(), deps({ engine, recheck: () => Promise.reject(new Error('the table is down')) }));
      await expect(unknown).rejects.toThrow('the table is down');
      expect(engine.jobs).toEqual([]);
    });

    it('asks nobody about one that is younger than ten minutes', async () => {
      const engine = fakeEngine();
      const recheck = () => Promise.reject(new Error('the table is down'));
      expect((await scanShard(old({ createdAt: '2026-03-01T08:50:05.001Z' }), deps({ engine, recheck }))).status).toBe(
        'complete',
      );
      await expect(
        scanShard(old({ createdAt: '2026-03-01T08:50:05.000Z' }), deps({ engine, recheck })),
      ).rejects.toThrow('the table is down');
    });

    it('leaves out what the configuration excludes by now', async () => {
      const engine = fakeEngine();
      const exclusions = new Exclusions(['192.0.2.3', '192.0.2.4:2-100']);
      await scanShard(old(), deps({ engine, exclusions }));
      expect(engine.jobs[0]?.targets.map(({ address, ports }) => [address, ports.toString()])).toEqual([
        ['192.0.2.4', '1'],
      ]);
    });
  });

  it.each([
    '169.254.169.254',
    '224.0.0.1',
    '0.0.0.0',
    '255.255.255.255',
    'fe80::1',
    'ff02::1',
    '::ffff:169.254.169.254',
    'nonsense',
  ])('never probes %s, whoever asks, and says so', async (address) => {
    const engine = fakeEngine();
    const result = await scanShard(aShard({ addresses: [address] }), deps({ engine }));
    expect(result.status).toBe('failed');
    expect(result.reason).toContain(`${address} is never scanned: `);
    expect(engine.jobs).toEqual([]);
  });

  it('scans the other addresses of a shard with one that must not be scanned, and is partial', async () => {
    const engine = fakeEngine();
    const result = await scanShard(aShard({ addresses: ['169.254.169.254', '192.0.2.3'] }), deps({ engine }));
    expect(result.status).toBe('partial');
    expect(engine.jobs[0]?.targets.map(({ address }) => address)).toEqual(['192.0.2.3']);
  });

  it('scans loopback only where that is allowed', async () => {
    const engine = fakeEngine();
    expect((await scanShard(aShard(), deps({ engine, loopback: false }))).status).toBe('failed');
    expect((await scanShard(aShard(), deps({ engine, loopback: true }))).status).toBe('complete');
  });

  it('limits the rate to foreign addresses, not to own and loopback ones', async () => {
    const engine = fakeEngine();
    await scanShard(
      aShard({ addresses: ['127.0.0.1', '192.0.2.3', '192.0.2.4'], rate: 90_000 }),
      deps({ engine, ownAddresses: () => new Set(['192.0.2.4']) }),
    );
    expect(engine.jobs[0]?.targets.map(({ rate }) => rate)).toEqual([null, 500, null]);
    expect(engine.jobs[0]).toMatchObject({ rate: 90_000, shared: null });
  });

  it('shares the scanner rate when the shard has none of its own', async () => {
    const engine = fakeEngine();
    const shared = { available: () => 1, take: () => undefined };
    await scanShard(aShard(), deps({ engine, limits: { ...deps().limits, shared } }));
    expect(engine.jobs[0]).toMatchObject({ rate: 5_000, shared });
  });

  it('probes nothing while the kill switch is on', async () => {
    const engine = fakeEngine();
    const killSwitch = { read: async () => ({ on: true, reason: 'maintenance' }) };
    const result = await scanShard(aShard(), deps({ engine, killSwitch }));
    expect(result).toMatchObject({ status: 'failed', reason: 'kill switch: maintenance', results: [] });
    expect(engine.jobs).toEqual([]);
  });

  it('takes a kill switch that cannot be read for on', async () => {
    const engine = fakeEngine();
    const killSwitch = {
      read: async (): Promise<never> => {
        throw new Error('no table');
      },
    };
    const result = await scanShard(aShard(), deps({ engine, killSwitch }));
    expect(result.status).toBe('failed');
    expect(result.reason).toContain('no table');
    expect(engine.jobs).toEqual([]);
  });

  it('stops within seconds when the kill switch is turned on; what was not probed is not covered', async () => {
    let reads = 0;
    const killSwitch = { read: async () => ({ on: (reads += 1) > 1, reason: null }) };
    const result = await scanShard(aShard({ ports: '1-65535', rate: 300 }), deps({ killSwitch }));
    expect(result).toMatchObject({ status: 'partial', reason: 'kill switch: on' });
    const covered = result.results[0]?.covered.split(',').length ?? 0;
    expect(covered).toBeGreaterThan(50);
    expect(covered).toBeLessThan(3_000);
  });

  it('ends at its deadline with what it has', async () => {
    const limits = { ...deps().limits, deadlineMs: 200 };
    const result = await scanShard(aShard({ ports: '1-65535', rate: 300 }), deps({ limits }));
    expect(result).toMatchObject({ status: 'partial', reason: 'deadline: 200 ms' });
    expect(result.results[0]?.closed).toBe(result.results[0]?.covered);
  });

  it('keeps what the engine measured of its own blindness, with the probes it sent; nothing where it measured nothing', async () => {
    const estimate = { loss: 0.02, missedOpen: 0.1, receiveDrops: 3 };
    const engine: Engine = {
      name: 'fake',
      async *scan() {
        yield { kind: 'done', complete: true, probes: 200, estimate };
      },
    };
    const scanned = await scanShard(aShard(), deps({ engine }));
    expect(ShardResult.parse(scanned).estimate).toEqual({ ...estimate, probes: 200 });
    expect(await scanShard(aShard(), deps({ engine: fakeEngine() }))).not.toHaveProperty('estimate');
  });

  it('takes addresses that nobody has for silent, leaves broadcast addresses out, counts the ports of both, and is complete', async () => {
    const nobody = { state: 'filtered', ports: [80, 443], rttMs: null, tries: 1 } as const;
    const engine = fakeEngine({
      kind: 'observations',
      observations: [
        { ...nobody, address: '192.0.2.7', reason: 'no-neighbour' },
        { ...nobody, address: '192.0.2.255', reason: 'broadcast-address' },
      ],
    });
    const shard = aShard({ addresses: ['192.0.2.7', '192.0.2.255'], ports: '80,443' });
    const result = ShardResult.parse(await scanShard(shard, deps({ engine })));
    expect(result).toMatchObject({ status: 'complete', reason: null, vacant: 4 });
    expect(result.results).toMatchObject([{ address: '192.0.2.7', covered: '80,443', closed: '', unknown: '' }]);
    expect(await scanShard(shard, deps({ engine: fakeEngine() }))).not.toHaveProperty('vacant');
  });

  it('is partial when a host was stopped because everything on it answers', async () => {
    const engine = fakeEngine({ kind: 'stopped', address: '127.0.0.1', reason: 'everything-open: 60 of 70 ports' });
    expect(await scanShard(aShard(), deps({ engine }))).toMatchObject({
      status: 'partial',
      reason: '127.0.0.1 answers on nearly every port (60 of the first 70) and was left alone',
    });
  });
});
