import { beforeEach, describe, expect, it } from 'vitest';
import type { AddressResult } from '../../../core/fingerprints/shard-result.ts';
import { endFindingsOf } from '../../../core/stages/end-findings.ts';
import { after } from '../../../core/time.ts';
import { anAdmitted } from '../../builders/admitted.ts';
import { anAsset } from '../../builders/asset.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { anAddressResult, anOpenPort, aShardResult } from '../../builders/shard-result.ts';
import { ADDRESS, StageWorld } from '../../support/stages/world.ts';

let world: StageWorld;

beforeEach(async () => {
  world = new StageWorld();
  await world.stores.assets.putAll(world.watched);
});

/** A look over UDP now, at 53 and 161: what did not answer was refused. */
function look(answered: readonly number[], purpose: 'sweep' | 'confirm' = 'sweep') {
  world.later(1_000);
  const [startedAt, finishedAt] = [world.now, after(world.now, 100)];
  const covered = purpose === 'sweep' ? [53, 161] : answered;
  const seen: AddressResult = anAddressResult({
    address: ADDRESS,
    protocol: 'udp',
    covered: covered.join(','),
    open: answered.map((port) => anOpenPort(port, { reason: 'answered' })),
    closed: covered.filter((port) => !answered.includes(port)).join(','),
    startedAt,
    finishedAt,
  });
  const shard = { shardId: `s-udp-${world.now}`, protocol: 'udp' as const, purpose, ports: covered.join(',') };
  return aShardResult({ engine: 'udp', shard, results: [seen], startedAt, finishedAt });
}

async function open(port: number): Promise<void> {
  await world.ingest([look([port])]);
  await world.ingest([look([port], 'confirm')]);
}

describe('what answers over UDP', () => {
  it('is asked a second time over UDP before it is a finding, which is told', async () => {
    await world.ingest([look([161])]);
    expect(await world.stores.findings.list()).toEqual([]);
    expect(world.sent.map(({ shard }) => [shard.purpose, shard.protocol, shard.ports])).toEqual([
      ['confirm', 'udp', '161'],
    ]);
    await world.ingest([look([161], 'confirm')]);
    expect(await world.findingAt(161)).toMatchObject({
      protocol: 'udp',
      service: 'snmp',
      class: 'high-risk-port',
      severity: 'high',
      untold: [{ kind: 'found' }],
    });
    expect(await world.stores.changes.list({ limit: 10 })).toMatchObject([{ kind: 'first-seen', protocol: 'udp' }]);
    const [group] = world.alertRequests;
    await world.announce(group!.group);
    expect(world.alerts[0]?.title).toContain('udp 161 snmp [high]');
  });

  it('is another finding than the TCP port of its number, and closes without it', async () => {
    await world.ingest([world.sweep([443], { covered: '53,443' })]);
    await world.ingest([world.sweep([53, 443], { covered: '53,443' })]);
    await open(53);
    const all = (await world.stores.findings.list()).filter(({ port }) => port === 53);
    expect(all.map(({ protocol }) => protocol).sort()).toEqual(['tcp', 'udp']);
    expect(new Set(all.map(({ id }) => id)).size).toBe(2);
    await world.ingest([look([])]);
    await world.ingest([look([])]);
    const now = (await world.stores.findings.list()).filter(({ port }) => port === 53);
    expect(Object.fromEntries(now.map(({ protocol, status }) => [protocol, status]))).toEqual({
      tcp: 'open',
      udp: 'closed',
    });
    const [tcp, udp] = [
      await world.stores.fingerprints.getMany([ADDRESS]),
      await world.stores.fingerprints.getMany([ADDRESS], 'udp'),
    ];
    expect([tcp.get(ADDRESS)?.open, udp.get(ADDRESS)?.open]).toEqual(['53,443', '']);
  });

  it('ends with its address', async () => {
    await open(161);
    await endFindingsOf({ ...world.ports, assets: world.stores.assets }, world.watched);
    expect(await world.findingAt(161)).toMatchObject({ status: 'closed' });
  });
});

describe('the rows of UDP', () => {
  const OTHER = '192.0.2.4';
  const sent = () =>
    world.sent.map(({ shard }) => `${shard.protocol} ${shard.addresses.join('+')}:${shard.ports} x${shard.tries}`);

  async function dispatched(task: string): Promise<string[]> {
    world.sent.length = 0;
    await world.dispatch(task);
    return sent();
  }

  beforeEach(async () => {
    world.settings = { ...world.settings, udpPorts: '53,161' };
    world.watched = [ADDRESS, OTHER].map((address) => anAsset({ address }));
    const dead = { version: 0, address: OTHER, open: '', aliveAt: '2026-02-20T09:00:00.000Z' };
    await world.stores.fingerprints.save(aFingerprint(dead));
  });

  it('look at the UDP list where TCP says that an address is online, and more seldom where it is not', async () => {
    expect(await dispatched('2u')).toEqual([`udp ${ADDRESS}:53,161 x2`]);
    expect(await dispatched('6u')).toEqual([`udp ${OTHER}:53,161 x2`]);
  });

  it('watch what is open over UDP, not what is open over TCP', async () => {
    await world.stores.fingerprints.save(aFingerprint({ version: 0, open: '22,53' }));
    const udp = { version: 0, protocol: 'udp', address: OTHER, open: '161', pendingOpen: '53,9999' } as const;
    await world.stores.fingerprints.save(aFingerprint(udp));
    expect(await dispatched('4u')).toEqual([`udp ${OTHER}:53,161 x2`]);
  });

  it('look at the listed ports that rules let in over UDP', async () => {
    const pairs = [
      { protocol: 'tcp', ports: '22', breadth: 'internet' as const },
      { protocol: 'udp', ports: '100-65535', breadth: 'internet' as const },
    ];
    await world.stores.admitted.save(anAdmitted({ version: 0, address: ADDRESS, pairs }));
    expect(await dispatched('9u')).toEqual([`udp ${ADDRESS}:161 x2`]);
  });

  it('do nothing where UDP is turned off', async () => {
    world.settings = { ...world.settings, udpPorts: '' };
    for (const task of ['2u', '4u', '6u', '9u']) expect(await dispatched(task)).toEqual([]);
  });
});
