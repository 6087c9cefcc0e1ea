import { beforeEach, describe, expect, it } from 'vitest';
import type { AutoPattern } from '../../../core/config/auto-schema.ts';
import { policyFor } from '../../../core/remediation/automatic/pattern.ts';
import { aFinding } from '../../builders/finding.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { ADDRESS, World } from '../../support/remediation/world.ts';

const SNMP = `${ADDRESS}:udp/161`;
const OPEN = [`${ADDRESS}:udp/53`, `${ADDRESS}:6379`, `${ADDRESS}:8080`];

describe('a policy', () => {
  it('closes no UDP port, whatever ports its pattern names', () => {
    const pattern: AutoPattern = {
      match: '0.0.0.0/0',
      ports: '1-65535',
      accounts: null,
      regions: null,
      maxAgeMs: 900_000,
      classes: null,
    };
    const at = '2026-03-01T09:01:00.000Z';
    const open = { openedAt: '2026-03-01T09:00:10.000Z', baseline: false };
    expect(policyFor([pattern], aFinding({ ...open, protocol: 'udp' }), at)).toBeNull();
    expect(policyFor([pattern], aFinding(open), at)).not.toBeNull();
  });
});

describe('closing a UDP port', () => {
  let world: World;

  beforeEach(async () => {
    world = await World.with({ protocol: 'udp', port: 161, service: 'snmp' });
    await world.stores.fingerprints.save(
      aFingerprint({ version: 0, address: ADDRESS, protocol: 'udp', open: '53,161', history: [] }),
    );
  });

  const asked = () => world.shards.map(({ shard }) => `${shard.protocol} ${shard.addresses.join()}:${shard.ports}`);

  it('plans that port of that protocol and nothing else', async () => {
    const { plan } = await world.propose();
    const step = { address: ADDRESS, protocol: 'udp', port: 161 };
    expect(plan.body).toMatchObject({
      protocol: 'udp',
      steps: [{ op: 'close-port', ...step }],
      inverse: [{ op: 'open-port', ...step }],
      commands: [`close-port ${SNMP}`],
      neighbours: [
        { address: ADDRESS, port: 53, protocol: 'udp' },
        { address: ADDRESS, port: 6379 },
        { address: ADDRESS, port: 8080 },
      ],
    });
  });

  it('is proved by an ICMP error, and neighbours of either protocol by their answers', async () => {
    const { planId } = await world.applied();
    expect([...world.firewall.closed]).toEqual([SNMP]);
    expect(asked()).toEqual([`udp ${ADDRESS}:53,161`, `tcp ${ADDRESS}:6379,8080`]);
    await world.verifyAll(OPEN);
    expect(await world.plan(planId)).toMatchObject({ state: 'verified' });
    expect(await world.finding()).toMatchObject({ status: 'closed', protocol: 'udp' });
  });

  it('is not proved by one silence, which may be a lost datagram, but by two', async () => {
    const { planId } = await world.applied();
    await world.verifyAll(OPEN, {}, [SNMP]);
    expect((await world.plan(planId)).state).toBe('applied');
    expect(asked()).toEqual([`udp ${ADDRESS}:53,161`]);
    await world.verifyAll(OPEN, {}, [SNMP]);
    expect((await world.plan(planId)).state).toBe('verified');
  });

  it('is not proved by the TCP port of its number', async () => {
    const { planId } = await world.applied();
    const still = [...OPEN, SNMP];
    for (let look = 1; look <= 3; look += 1) await world.verifyAll(still);
    expect(await world.plan(planId)).toMatchObject({ state: 'rolling-back' });
    expect(await world.notes()).toContain(`${SNMP} still answers`);
  });

  it('is undone when a UDP neighbour refuses twice, and not for one that is silent twice', async () => {
    const silent = await World.with({ protocol: 'udp', port: 161 });
    await silent.stores.fingerprints.save(
      aFingerprint({ version: 0, address: ADDRESS, protocol: 'udp', open: '53,161', history: [] }),
    );
    const rest = OPEN.slice(1);
    const [{ planId: lost }, { planId: quiet }] = [await world.applied(), await silent.applied()];
    for (let look = 1; look <= 2; look += 1) {
      await world.verifyAll(rest);
      await silent.verifyAll(rest, {}, [`${ADDRESS}:udp/53`]);
    }
    expect((await world.plan(lost)).state).toBe('rolling-back');
    expect((await silent.plan(quiet)).state).toBe('applied');
    for (let look = 3; look <= 4; look += 1) await silent.verifyAll(rest, {}, [`${ADDRESS}:udp/53`]);
    expect((await silent.plan(quiet)).state).toBe('rolling-back');
  });
});
