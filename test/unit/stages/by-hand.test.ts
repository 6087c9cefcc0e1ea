import { parsePorts } from '../../../core/net/ports-spec.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConfiguredAssets } from '../../../core/assets/configured-assets.ts';
import type { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { importPorts } from '../../../core/stages/import-ports.ts';
import { makeScanNow, type ScanRequest } from '../../../core/stages/scan-now.ts';
import { msBetween } from '../../../core/time.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { StageWorld } from '../../support/stages/world.ts';

let world: StageWorld;
let configured: ConfiguredAssets;
const resolver = {
  resolveHost: async () => ['192.0.2.20'],
  readFile: () => Promise.reject(new Error('no file may be read')),
};

beforeEach(() => {
  world = new StageWorld();
  configured = new ConfiguredAssets(
    { ...world.settings, exclude: ['192.0.2.66', '192.0.2.3:22'] },
    { ...world.ports, resolver, interfaces: { list: async () => [] } },
  );
});

function scan(request: Partial<ScanRequest>) {
  return makeScanNow({
    ...world.ports,
    settings: { ...world.settings, exclude: ['192.0.2.66', '192.0.2.3:22'] },
    watched: async () => world.watched,
    configured,
    resolver,
    whyNotEngine: async (engine) => (engine === 'masscan' ? 'masscan is not installed' : null),
    isOwn: (address) => address === '192.0.2.7',
    newRunId: () => 'r-by-hand',
  })({
    targets: ['192.0.2.3'],
    protocol: 'tcp',
    ports: null,
    rate: null,
    ratePerAddress: null,
    yesLarge: false,
    engine: null,
    ...request,
  });
}

describe('scan now', () => {
  it('looks at UDP ports when it is asked to, by default at those of the UDP list', async () => {
    const run = await scan({ protocol: 'udp' });
    expect(run.scope).toMatchObject({ protocol: 'udp', ports: parsePorts('high-risk', 'udp').toString() });
    expect(world.sent.map(({ shard }) => shard.protocol)).toEqual(['udp']);
    expect((await scan({})).scope).not.toHaveProperty('protocol');
    await expect(scan({ protocol: 'udp', engine: 'syn' })).rejects.toThrow(
      'The engine syn looks at TCP ports: leave it out, UDP has an engine of its own.',
    );
  });

  it('goes ahead of the sweeps, at the rate that was asked for, and makes its targets ours', async () => {
    const run = await scan({ targets: ['192.0.2.4/31', 'edge.example.com'], ports: '80,443', rate: 50 });
    expect(run).toMatchObject({ id: 'r-by-hand', addresses: 3, probes: 6, scope: { ports: '80,443' } });
    expect(world.sent.every(({ priority, shard }) => priority && shard.rate === 50)).toBe(true);
    expect((await world.stores.assets.list()).map(({ address, source }) => [address, source])).toContainEqual([
      '192.0.2.20',
      'scan',
    ]);
  });

  it('says which address takes longest, where that is longer than all of it at its rate', async () => {
    const busiest = async (request: Partial<ScanRequest>) => (await scan({ ports: 'all', ...request })).scope?.busiest;
    expect(await busiest({})).toEqual({ rate: 400, probes: 65_535 });
    expect(await busiest({ ports: '1-200' })).toEqual({ rate: 50, probes: 200 });
    expect(await busiest({ ratePerAddress: 2_000 })).toEqual({ rate: 2_000, probes: 65_535 });
    expect(await busiest({ rate: 100 })).toBeUndefined();
    // Nothing keeps back what leads to this machine itself.
    expect(await busiest({ targets: ['192.0.2.7'] })).toBeUndefined();
    expect(await busiest({ targets: ['192.0.2.3', '192.0.2.7'], rate: 700 })).toBeUndefined();
    expect(await busiest({ protocol: 'udp', ports: '1-1000' })).toEqual({ rate: 400, probes: 2_000 });
  });

  it('has its own rate to an address in every shard, and shards that live as long as that takes', async () => {
    await scan({ ports: 'all', ratePerAddress: 10 });
    const [first] = world.sent;
    const lifeMs = msBetween(first?.shard.createdAt ?? '', first?.shard.notAfter ?? '');
    expect(world.sent.map(({ shard }) => shard.ratePerAddress)).toEqual(world.sent.map(() => 10));
    expect(lifeMs).toBeGreaterThan((65_535 / 10) * 1_000);
    world.sent.splice(0);
    await scan({ ports: '80' });
    expect(world.sent[0]?.shard).not.toHaveProperty('ratePerAddress');
  });

  it('is for the engine that was asked for', async () => {
    await scan({ engine: 'nmap' });
    await scan({});
    expect(new Set(world.sent.map(({ shard }) => shard.engine))).toEqual(new Set(['nmap', undefined]));
  });

  it('is refused with the reason when the engine that was asked for cannot be used', async () => {
    await expect(scan({ engine: 'masscan' })).rejects.toThrow(
      'The engine masscan cannot be used here, nothing is scanned: masscan is not installed',
    );
    expect(world.sent).toEqual([]);
    expect(await world.stores.runs.list({ limit: 1 })).toEqual([]);
  });

  it('keeps to the exclusions', async () => {
    await scan({ targets: ['192.0.2.3', '192.0.2.66'], ports: '22,80' });
    expect(world.sent.map(({ shard }) => [shard.addresses, shard.ports])).toEqual([[['192.0.2.3'], '80']]);
  });

  it('of a label looks at what is known of it', async () => {
    await world.stores.fingerprints.save(aFingerprint({ version: 0, address: '192.0.2.3', open: '8080' }));
    await scan({ targets: ['label:PORT_OPEN'] });
    expect(world.sent.map(({ shard }) => shard.ports)).toEqual(['8080']);
  });

  it('of a label over UDP looks at what is open over UDP, where TCP says that an address is online', async () => {
    const udp = { version: 0, protocol: 'udp', aliveAt: null } as const;
    await world.stores.fingerprints.save(aFingerprint({ version: 0, open: '8080', aliveAt: world.now }));
    await world.stores.fingerprints.save(aFingerprint({ ...udp, open: '161' }));
    await scan({ targets: ['label:PORT_OPEN'], protocol: 'udp' });
    await scan({ targets: ['label:IP_ONLINE'], protocol: 'udp', ports: '53' });
    expect(world.sent.map(({ shard }) => [shard.protocol, shard.ports])).toEqual([
      ['udp', '161'],
      ['udp', '53'],
    ]);
  });

  it('does not read files for who calls it, and does nothing while the kill switch is on', async () => {
    await expect(scan({ targets: ['@/etc/passwd'] })).rejects.toThrow('the command line reads files');
    world.killSwitch = async () => ({ on: true, reason: 'drill' });
    await expect(scan({})).rejects.toMatchObject({
      code: 'REFUSED',
      message: 'The kill switch is on (drill): nothing is scanned.',
    });
    expect(world.sent).toEqual([]);
  });

  it('of an empty label says that there is nothing', async () => {
    await expect(scan({ targets: ['label:PORT_DOWN'] })).rejects.toThrow(
      'Nothing to scan: label:PORT_DOWN is empty now.',
    );
  });
});

describe('import', () => {
  const sent: ShardResult[] = [];
  const take = (text: string) =>
    importPorts({ ...world.ports, configured, results: { send: async (result) => void sent.push(result) } }, text);

  beforeEach(() => {
    sent.length = 0;
  });

  it('can only open: its results are partial and cover nothing but the ports they name', async () => {
    expect(await take('192.0.2.3:22,80,82\n# comment\n192.0.2.4:443\n192.0.2.3:8080\n')).toEqual({
      addresses: 2,
      ports: 4,
    });
    for (const { status, results } of sent) {
      expect(status).toBe('partial');
      for (const { covered, open } of results) expect(covered).toBe(open.map(({ port }) => port).join(','));
    }
  });

  it('of UDP ports is one answer, which a second one to us must confirm', async () => {
    expect(await take('192.0.2.3:53\n192.0.2.3:udp/53,161\n')).toEqual({ addresses: 1, ports: 3 });
    const all = sent.flatMap(({ results }) => results);
    expect(all.map(({ protocol, covered, open }) => [protocol, covered, open[0]?.reason])).toEqual([
      ['tcp', '53', 'connected'],
      ['udp', '53,161', 'answered'],
    ]);
    await world.ingest(sent);
    expect(world.sent.map(({ shard }) => [shard.purpose, shard.protocol, shard.ports])).toEqual([
      ['confirm', 'udp', '53,161'],
    ]);
  });

  it('makes targets of the configuration the assets that they will be, and others its own', async () => {
    await take('192.0.2.3:80\n192.0.2.4:80\n');
    const [target] = await configured.list();
    expect(target).toMatchObject({ address: '192.0.2.3', source: 'config' });
    expect(await world.stores.assets.get('192.0.2.3')).toEqual(target);
    expect(await world.stores.assets.get('192.0.2.4')).toMatchObject({ source: 'import' });
  });

  it('loses what is excluded, and names the addresses that it refuses for it', async () => {
    expect(await take('192.0.2.3:22\n192.0.2.66:443\n192.0.2.4:443\n192.0.2.5:\n')).toEqual({
      addresses: 2,
      ports: 1,
      refused: [
        { address: '192.0.2.3', reason: 'every port of it in the file is excluded' },
        { address: '192.0.2.66', reason: 'it is excluded' },
      ],
    });
    expect(sent.flatMap(({ results }) => results.map(({ address, covered }) => [address, covered]))).toEqual([
      ['192.0.2.4', '443'],
    ]);
    const watched = (await world.stores.assets.list()).map(({ address }) => address);
    expect(watched.sort()).toEqual(['192.0.2.4', '192.0.2.5']);
  });

  it('refuses every address by name where none is left, also those that are never scanned', async () => {
    const report = await take('192.0.2.66:443\n224.0.0.1:443\n');
    expect(report).toMatchObject({ addresses: 0, ports: 0 });
    expect(report.refused?.map(({ address, reason }) => `${address} ${reason.slice(0, 22)}`)).toEqual([
      '192.0.2.66 it is excluded',
      '224.0.0.1 it is never scanned: i',
    ]);
    expect([sent, await world.stores.assets.list()]).toEqual([[], []]);
  });

  it('of every port of an address fits the queue, message by message', async () => {
    expect(await take('192.0.2.4:1-65535')).toEqual({ addresses: 1, ports: 65_535 });
    for (const result of sent) expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(262_144);
  });

  it('names the line that is wrong, and takes nothing', async () => {
    await expect(take('192.0.2.3:22\n192.0.2.4:99999\n')).rejects.toThrow('Line 2');
    expect(sent).toEqual([]);
    expect(await world.stores.assets.list()).toEqual([]);
  });
});
