import { describe, expect, it } from 'vitest';
import type { CloudNetwork } from '../../../../core/cloud/network.ts';
import { RuleProblem } from '../../../../core/cloud/rule-problem.ts';
import { runChange } from '../../../../core/remediation/run-change.ts';
import { aCloudNetwork, aGroup, anInterface, aRule, from } from '../../../builders/cloud-network.ts';
import { cloudWorld, PLACE } from '../../../support/remediation/cloud-world.ts';
import { FakeCloud } from '../../../support/remediation/fake-cloud.ts';
import { ADDRESS } from '../../../support/remediation/world.ts';

const BEFORE = ['sg-1 tcp 443-443 0.0.0.0/0', 'sg-1 tcp 6370-6390 0.0.0.0/0', 'sg-1 tcp 6379-6379 10.0.0.0/8'];
const AFTER = [
  'sg-1 tcp 443-443 0.0.0.0/0',
  'sg-1 tcp 6370-6378 0.0.0.0/0',
  'sg-1 tcp 6379-6379 10.0.0.0/8',
  'sg-1 tcp 6380-6390 0.0.0.0/0',
];

/** 192.0.2.3 with redis inside a range open to the world, a second web server beside it, and a private rule for the same port. */
function network(over: Partial<CloudNetwork> = {}): CloudNetwork {
  const ipv4 = (own: string, outside: string) => [{ private: own, public: outside, primary: true }];
  return aCloudNetwork({
    ...PLACE,
    interfaces: [
      anInterface({ ipv4: ipv4('10.0.1.10', ADDRESS) }),
      anInterface({ id: 'eni-2', ipv4: ipv4('10.0.1.11', '192.0.2.99'), tags: { Name: 'web-2' } }),
    ],
    groups: [
      aGroup({
        rules: [
          aRule({ id: 'sgr-https', fromPort: 443, toPort: 443 }),
          aRule({ id: 'sgr-range', fromPort: 6370, toPort: 6390, description: 'caches', tags: { team: 'payments' } }),
          aRule({ id: 'sgr-office', fromPort: 6379, toPort: 6379, source: from('10.0.0.0/8') }),
        ],
      }),
    ],
    ...over,
  });
}

describe('closing one port in security groups', () => {
  it('shows the exact rules before and after, who else is affected, and how to do it by hand', async () => {
    const world = await cloudWorld(new FakeCloud(network()));
    const { plan } = await world.propose();
    expect(plan.body).toMatchObject({
      target: 'security groups of 111122223333/eu-west-1',
      place: PLACE,
      admittedBy: [{ ruleId: 'sgr-range', source: '0.0.0.0/0', breadth: 'internet' }],
      steps: [
        { op: 'authorize', groupId: 'sg-1', rule: { fromPort: 6380, toPort: 6390, description: 'caches' } },
        { op: 'modify', ruleId: 'sgr-range', to: { fromPort: 6370, toPort: 6378, description: 'caches' } },
      ],
    });
    expect(plan.body.affected.map(({ what }) => what)).toEqual([
      'every client of 192.0.2.3:6379 on the public internet',
      'eni-2 (web-2, i-1, 192.0.2.99)',
      'payments',
    ]);
    expect(plan.body.commands).toHaveLength(2);
  });

  it('makes exactly that change, and rolls back to the rules before', async () => {
    const cloud = new FakeCloud(network());
    const world = await cloudWorld(cloud);
    const request = await world.applied();
    expect((await world.plan(request.planId)).state).toBe('applied');
    expect(cloud.lines()).toEqual(AFTER);
    expect(cloud.applied.map(({ op }) => op)).toEqual(['authorize', 'modify']);

    expect((await runChange(world.ports, { ...request, action: 'rollback' })).kind).toBe('rolled-back');
    expect(cloud.lines()).toEqual(BEFORE);
    const [group] = cloud.network.groups;
    expect(group?.rules.find(({ id }) => id === 'sgr-range')).toMatchObject({
      fromPort: 6370,
      toPort: 6390,
      description: 'caches',
      tags: { team: 'payments' },
    });
  });

  it('is rolled back once more after a crash that hid that it was done, although the rule has a new id', async () => {
    const cloud = new FakeCloud(network({ groups: [aGroup({ rules: [aRule({ fromPort: 6379, toPort: 6379 })] })] }));
    const world = await cloudWorld(cloud);
    const request = await world.applied();
    expect(cloud.lines()).toEqual([]);
    const rollback = { ...request, action: 'rollback' as const };
    expect((await runChange(world.ports, rollback)).kind).toBe('rolled-back');
    await world.stores.plans.save({ ...(await world.plan(request.planId)), state: 'rolling-back' });
    expect((await runChange(world.ports, rollback)).kind).toBe('rolled-back');
    expect(cloud.lines()).toEqual(['sg-1 tcp 6379-6379 0.0.0.0/0']);
  });

  it.each(['authorize', 'modify'] as const)('goes on behind a lost answer of %s', async (op) => {
    const cloud = new FakeCloud(network());
    let lost = 0;
    cloud.after = (step) => {
      if (step.op !== op || (lost += 1) > 1) return;
      throw new RuleProblem('other', 'socket hang up');
    };
    const world = await cloudWorld(cloud);
    await world.applied();
    expect(cloud.lines()).toEqual(AFTER);
    expect(lost).toBe(1);
  });

  it('waits for reads that still show the rules before', async () => {
    const cloud = new FakeCloud(network());
    cloud.after = () => {
      cloud.staleReads = 3;
    };
    const world = await cloudWorld(cloud);
    await world.applied();
    expect(cloud.lines()).toEqual(AFTER);
    expect(cloud.applied).toHaveLength(2);
  });

  it.each([
    ['authorize', 'You are not authorized to perform ec2:AuthorizeSecurityGroupIngress'],
    ['modify', 'You are not authorized to perform ec2:ModifySecurityGroupRules'],
  ] as const)('leaves everything as it was when %s is refused, and says why', async (op, message) => {
    const cloud = new FakeCloud(network());
    cloud.before = (step) => {
      if (step.op === op) throw new RuleProblem('denied', message);
    };
    const world = await cloudWorld(cloud);
    const request = await world.applied();
    expect(cloud.lines()).toEqual(BEFORE);
    expect((await world.plan(request.planId)).state).toBe('refused');
    expect(await world.notes()).toContain(message);
    expect((await world.finding()).status).toBe('open');
  });

  it('says that a person must look when the half it made can be neither finished nor undone', async () => {
    const cloud = new FakeCloud(network());
    cloud.before = (step) => {
      if (step.op !== 'authorize') throw new RuleProblem('denied', 'denied by an explicit deny');
    };
    const world = await cloudWorld(cloud);
    const request = await world.applied();
    expect((await world.plan(request.planId)).state).toBe('failed');
    expect(await world.untold()).toContain('needs-person');
    expect(await world.notes()).toContain('denied by an explicit deny');
    expect(cloud.lines()).toEqual([...BEFORE, 'sg-1 tcp 6380-6390 0.0.0.0/0'].sort());
  });

  it('resumes after kill -9 between two calls', async () => {
    const cloud = new FakeCloud(network());
    const world = await cloudWorld(cloud);
    const request = await world.approve();
    cloud.after = () => {
      cloud.unreadable = new Error('killed');
    };
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    cloud.after = () => undefined;
    cloud.unreadable = null;
    world.later(61_000);
    expect((await runChange(world.ports, request)).kind).toBe('applied');
    expect(cloud.lines()).toEqual(AFTER);
    expect(cloud.applied.map(({ op }) => op)).toEqual(['authorize', 'modify']);
  });

  it('takes the half it made back when it must not be made any more', async () => {
    const cloud = new FakeCloud(network());
    const world = await cloudWorld(cloud);
    const request = await world.approve();
    cloud.after = () => {
      cloud.unreadable = new Error('killed');
    };
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    cloud.after = () => undefined;
    cloud.unreadable = null;
    world.later(61_000);
    world.protection = async () => 'It is listed under "protect".';
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.lines()).toEqual(BEFORE);
  });

  it('changes nothing when somebody edited the group since the approval', async () => {
    const cloud = new FakeCloud(network());
    const world = await cloudWorld(cloud);
    const request = await world.approve();
    cloud.edit('sg-1', (rules) => [...rules, aRule({ id: 'sgr-else', fromPort: 8080, toPort: 8080 })]);
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.applied).toEqual([]);
    expect(await world.notes()).toContain('tcp 8080');
  });

  it('does not undo over an edit by somebody else, and tells a person', async () => {
    const cloud = new FakeCloud(network());
    const world = await cloudWorld(cloud);
    const request = await world.applied();
    cloud.edit('sg-1', (rules) => rules.filter(({ id }) => id !== 'sgr-https'));
    const before = cloud.lines();
    await runChange(world.ports, { ...request, action: 'rollback' });
    expect(cloud.lines()).toEqual(before);
    expect(await world.untold()).toContain('needs-person');
  });

  it.each([
    ['the rule', { tags: { 'exposure:never-touch': 'true' } }, {}],
    ['the group', {}, { tags: { 'exposure:never-touch': '' } }],
  ])('never touches what carries the tag: %s', async (_, rule, group) => {
    const cloud = new FakeCloud(
      network({ groups: [aGroup({ ...group, rules: [aRule({ fromPort: 6379, toPort: 6379, ...rule })] })] }),
    );
    const world = await cloudWorld(cloud);
    await expect(world.propose()).rejects.toThrow(/exposure:never-touch/);
  });

  it('plans nothing for an address that is on no interface, or that nobody watches', async () => {
    const released = await cloudWorld(new FakeCloud(network({ interfaces: [] })));
    await expect(released.propose()).rejects.toThrow(/on no network interface/);
    const stranger = await cloudWorld(new FakeCloud(network()));
    await stranger.stores.assets.removeAll([ADDRESS]);
    await expect(stranger.propose()).rejects.toThrow(/in no account that is watched/);
  });
});
