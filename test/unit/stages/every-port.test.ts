import { beforeEach, expect, it } from 'vitest';
import { alertText } from '../../../core/alerting/render.ts';
import { adviceOf } from '../../../core/emit/describe.ts';
import { explain } from '../../../core/exposure/explain.ts';
import { alertGroupOf } from '../../../core/findings/finding.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import { portsText } from '../../../core/net/every-port.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { GUARDED_PORTS } from '../../../core/scanning/open-guard.ts';
import { makePreparation } from '../../../core/stages/prepare.ts';
import { makeRejudge } from '../../../core/stages/rejudge.ts';
import { after } from '../../../core/time.ts';
import { anAddressResult, anOpenPort, aShardResult } from '../../builders/shard-result.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';
import { ADDRESS, StageWorld } from '../../support/stages/world.ts';

let world: StageWorld;

beforeEach(async () => {
  world = new StageWorld();
  await world.stores.assets.putAll(world.watched);
});

/** A shard of a sweep that was given up: all that was looked at is open. */
function decoy(ports: string, reason: 'syn-ack' | 'connected') {
  return answered({ shardId: `s-${ports}`, ports }, reason, 'partial');
}

function answered(shard: Partial<Shard>, reason: 'syn-ack' | 'connected', status: 'complete' | 'partial') {
  world.later(1_000);
  const [startedAt, finishedAt] = [world.now, after(world.now, 100)];
  const covered = shard.ports ?? '';
  const open = [...PortSet.parse(covered)].map((port) => anOpenPort(port, { reason }));
  return aShardResult({
    shard,
    status,
    engine: reason === 'syn-ack' ? 'syn' : 'connect',
    startedAt,
    finishedAt,
    results: [anAddressResult({ address: ADDRESS, covered, open, startedAt, finishedAt })],
  });
}

/** What was asked for is looked at, and connects. */
async function confirmAll(): Promise<void> {
  for (const { shard } of world.sent.splice(0)) await world.ingest([answered(shard, 'connected', 'complete')]);
}

it('32 shards of a full sweep of a tarpit, by both engines, end in one finding and one alert that says so', async () => {
  for (let i = 0; i < 32; i += 1) {
    const from = 1 + i * 2_047;
    await world.ingest([decoy(`${from}-${from + 49}`, i % 2 === 0 ? 'syn-ack' : 'connected')]);
    if (i === 2) await confirmAll();
  }
  expect(world.sent).toEqual([]);
  const findings = await world.stores.findings.list();
  expect(findings).toMatchObject([
    { port: 0, service: 'every port', severity: 'high', status: 'open', verdict: 'confirmed' },
  ]);
  expect(await world.stores.changes.list({ limit: 10 })).toHaveLength(1);
  const group = alertGroupOf(findings[0]!);
  await world.announce(group);
  await world.announce(group);
  expect(world.alerts.map(alertText)).toEqual([
    [
      'every port answers on 192.0.2.3 (payments) [high]',
      '  192.0.2.3 (every port) [high] found at 2026-03-01T09:00:04.100Z (high risk port)',
      '    192.0.2.3 answers on every port: 66 of 66 probed completed a connection, ports picked at random among them (engine connect, 2026-03-01T09:00:04.100Z). No port of it is listed by itself.',
      '    let in by host:default from 0.0.0.0/0',
    ].join('\n'),
  ]);
});

it('a whitelist entry for all ports permits it, one for some ports does not', async () => {
  const entry = (id: string, ports: string) =>
    aWhitelistEntry({ id, version: 0, target: ADDRESS, ports, widestSource: 'internet' });
  await world.stores.whitelist.save(entry('w-some', '1-1023'));
  await world.ingest([decoy('1-50', 'syn-ack')]);
  await confirmAll();
  expect((await world.findingAt(0))?.status).toBe('open');
  await world.stores.whitelist.save(entry('w-all', '1-65535'));
  await makeRejudge({ ...world.ports, clock: { now: () => world.now } })();
  expect(await world.findingAt(0)).toMatchObject({ status: 'whitelisted', whitelistedBy: 'w-all' });
});

it('is not suspected in a file that somebody imports, which may name open ports only, unless it names hundreds', async () => {
  const imported = (ports: string) =>
    answered({ taskId: 'import', shardId: `s-${ports}`, ports }, 'connected', 'partial');
  await world.ingest([imported('8000-8039')]);
  expect([world.sent, (await world.stores.findings.list()).length]).toEqual([[], 40]);
  await world.ingest([imported('10000-10999')]);
  expect([world.sent.length, (await world.stores.findings.list()).length]).toEqual([1, 40]);
});

it('is suspected when many small imports of one address add up to hundreds, as those of a file where hosts take turns', async () => {
  for (let i = 0; i < 30; i += 1) {
    const ports = `${10_000 + i * 100}-${10_099 + i * 100}`;
    await world.ingest([answered({ taskId: 'import', shardId: `s-${ports}`, ports }, 'connected', 'partial')]);
  }
  expect((await world.stores.findings.list()).length).toBeLessThanOrEqual(500);
  const asked = world.sent.length;
  expect(asked).toBeGreaterThan(0);
  await confirmAll();
  expect(await world.findingAt(0)).toMatchObject({ status: 'open', severity: 'high' });
});

it('is asked about with so few ports that no engine takes the list for a long one and stops before the canaries', async () => {
  const ports = '10000-12999';
  await world.ingest([answered({ taskId: 'import', shardId: 's-many', ports }, 'connected', 'partial')]);
  expect(world.sent.map(({ shard }) => PortSet.parse(shard.ports).size < GUARDED_PORTS)).toEqual([true]);
});

it('has no plan: there is no one port to close', async () => {
  await world.ingest([decoy('1-50', 'syn-ack')]);
  await confirmAll();
  const { awaitsPlan } = makePreparation({
    mode: 'auto',
    findings: world.stores.findings,
    propose: async () => undefined,
    policyFor: () => 'all',
    approve: async () => '',
  });
  expect(awaitsPlan((await world.findingAt(0))!)).toBe(false);
});

it('is told to be over when the ports refuse', async () => {
  await world.ingest([decoy('1-50', 'syn-ack')]);
  await confirmAll();
  for (let i = 0; i < 2; i += 1)
    await world.ingest([world.sweep([], { covered: '1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22' })]);
  const finding = await world.findingAt(0);
  expect(finding?.status).toBe('closed');
  await world.announce(alertGroupOf(finding!));
  expect(world.alerts[0]?.title).toBe(
    'every port answers, no longer every port answers on 192.0.2.3 (payments) [high]',
  );
});

it('is explained as what it is, as is any port of the address, by rules for ports that exist', async () => {
  await world.ingest([decoy('1-50', 'syn-ack')]);
  await confirmAll();
  const ports = {
    ...world.ports,
    firewall: {
      admissions: async (_address: string, port: number) => {
        expect(port).toBeGreaterThan(0);
        return [];
      },
      why: async () => [],
    },
  };
  const every = await explain(ports, ADDRESS, null);
  expect(every.ports.map(({ port, open }) => [port, open])).toEqual([[0, true]]);
  expect(every.ports[0]?.why).toContain(
    '192.0.2.3 (every port) answers: last seen open at 2026-03-01T09:00:02.100Z, open since 2026-03-01T09:00:02.100Z.',
  );
  expect(every.ports[0]?.why).toContain('No firewall rule that Portcullis reads lets every port in.');
  const one = await explain(ports, ADDRESS, 22);
  expect(one.ports[0]?.why).toContain(
    '192.0.2.3 answers on every port: whether something listens at 192.0.2.3:22 cannot be told.',
  );
  expect(every.ports[0]?.why.join(' ')).toContain('It counts as a high risk port, severity high; the finding');
  expect(one.ports[0]?.why.at(-1)).toBe('Verdict clean: no rule admits it, and every port of the address answers.');
  expect(adviceOf((await world.findingAt(0))!)).toContain('portcullis whitelist add 192.0.2.3 --ports all');
});

it('is printed as words among ports', () => {
  expect(['', '22,80', '0', '0,22', '0-2'].map((text) => portsText(PortSet.parse(text)))).toEqual([
    '',
    '22,80',
    'every port',
    'every port,22',
    'every port,1-2',
  ]);
});
