import { describe, expect, it } from 'vitest';
import type { CloudNetwork, SecurityGroupRule } from '../../../../core/cloud/network.ts';
import { runChange } from '../../../../core/remediation/run-change.ts';
import { aCloudNetwork, aGroup, anInterface, aRule } from '../../../builders/cloud-network.ts';
import { autoWorld, justOpened, POLICY, prepare } from '../../../support/remediation/auto.ts';
import { cloudWorld, PLACE } from '../../../support/remediation/cloud-world.ts';
import { FakeCloud } from '../../../support/remediation/fake-cloud.ts';
import { ADDRESS, type World } from '../../../support/remediation/world.ts';

const RANGE = { fromPort: 6370, toPort: 6390 };
const ALL_GOOD = ['192.0.2.3:8080', '192.0.2.4:443'];

function network(rules: SecurityGroupRule[], over: Partial<CloudNetwork> = {}): CloudNetwork {
  return aCloudNetwork({
    ...PLACE,
    interfaces: [anInterface({ ipv4: [{ private: '10.0.1.10', public: ADDRESS, primary: true }] })],
    groups: [aGroup({ rules })],
    ...over,
  });
}

async function worldBehind(cloud: FakeCloud): Promise<World> {
  return cloudWorld(cloud, await autoWorld(PLACE));
}

async function closedByPolicy(world: World): Promise<void> {
  await prepare(world);
  await runChange(world.ports, world.requests.shift()!);
  await world.verifyAll(ALL_GOOD);
  expect((await world.finding()).status).toBe('closed');
}

async function opensAgain(world: World): Promise<void> {
  world.later(3_600_000);
  const openedAt = world.now;
  world.later(60_000);
  const gone = { planId: null, approvalId: null, approvedAt: null, changedAt: null, verifiedAt: null, closedAt: null };
  await world.editFinding({ ...justOpened({ occurrence: 2, openedAt }), ...gone, status: 'open' });
}

const decidedBy = async (world: World) =>
  (await world.stores.approvals.get((await world.finding()).approvalId ?? ''))?.decidedBy;

describe('in mode auto, a port of a security group', () => {
  it('is closed in place by the policy, and the rest of its rule stays', async () => {
    const cloud = new FakeCloud(network([aRule({ id: 'sgr-range', ...RANGE })]));
    const world = await worldBehind(cloud);
    await closedByPolicy(world);
    expect(await decidedBy(world)).toBe(POLICY);
    expect(cloud.lines()).toEqual(['sg-1 tcp 6370-6378 0.0.0.0/0', 'sg-1 tcp 6380-6390 0.0.0.0/0']);
  });

  it('waits for a person when another interface has the group', async () => {
    const cloud = new FakeCloud(
      network([aRule(RANGE)], {
        interfaces: [
          ...network([]).interfaces,
          anInterface({ id: 'eni-2', ipv4: [{ private: '10.0.1.11', public: null, primary: true }] }),
        ],
      }),
    );
    const world = await worldBehind(cloud);
    await prepare(world);
    expect(await decidedBy(world)).toBeNull();
    expect(await world.notes()).toContain('a person must decide: sg-1 is shared with another network interface');
    expect(world.requests).toEqual([]);
  });

  it('waits for a person when a rule for every protocol lets it in: there is not even a plan', async () => {
    const world = await worldBehind(new FakeCloud(network([aRule({ protocol: '-1', fromPort: null, toPort: null })])));
    await prepare(world);
    expect(await world.stores.plans.list()).toEqual([]);
    expect(world.requests).toEqual([]);
  });

  it('is flapping when the same rule is back under another id, as a template puts it', async () => {
    const cloud = new FakeCloud(network([aRule({ id: 'sgr-one', fromPort: 6379, toPort: 6379 })]));
    const world = await worldBehind(cloud);
    await closedByPolicy(world);
    expect(cloud.lines()).toEqual([]);
    cloud.edit('sg-1', () => [aRule({ id: 'sgr-two', fromPort: 6379, toPort: 6379, description: 'again' })]);
    await opensAgain(world);
    await prepare(world);
    expect(await decidedBy(world)).toBeNull();
    expect(await world.notes()).toContain('FLAPPING');
  });

  it('is closed again when another rule lets it in', async () => {
    const cloud = new FakeCloud(network([aRule({ id: 'sgr-one', fromPort: 6379, toPort: 6379 })]));
    const world = await worldBehind(cloud);
    await closedByPolicy(world);
    cloud.edit('sg-1', () => [aRule({ id: 'sgr-two', ...RANGE })]);
    await opensAgain(world);
    await prepare(world);
    expect(await decidedBy(world)).toBe(POLICY);
  });
});
