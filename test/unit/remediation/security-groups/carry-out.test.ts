import { describe, expect, it } from 'vitest';
import type { SecurityGroupRule } from '../../../../core/cloud/network.ts';
import { RuleProblem } from '../../../../core/cloud/rule-problem.ts';
import { AccessDenied } from '../../../../core/errors.ts';
import { runChange } from '../../../../core/remediation/run-change.ts';
import { SecurityGroupsFirewall } from '../../../../core/remediation/security-groups/security-groups-firewall.ts';
import { anAsset } from '../../../builders/asset.ts';
import { aCloudNetwork, aGroup, anInterface, aRule, from } from '../../../builders/cloud-network.ts';
import { FakeCloud } from '../../../support/remediation/fake-cloud.ts';
import { ADDRESS, World } from '../../../support/remediation/world.ts';

const PLACE = { account: '111122223333', region: 'eu-west-1' };
/** Closing 6379 takes an authorize and a modify. */
const RANGE = [aRule({ id: 'sgr-range', fromPort: 6370, toPort: 6390 })];
/** Closing 6379 takes two revokes, and putting it back two authorizes. */
const TWO = [
  aRule({ id: 'sgr-one', fromPort: 6379, toPort: 6379, description: 'cache' }),
  aRule({ id: 'sgr-two', fromPort: 6379, toPort: 6379, source: from('8.8.8.0/24') }),
];
const TWO_LINES = ['sg-1 tcp 6379-6379 0.0.0.0/0', 'sg-1 tcp 6379-6379 8.8.8.0/24'];

async function closing(rules: SecurityGroupRule[]) {
  const ipv4 = [{ private: '10.0.1.10', public: ADDRESS, primary: true }];
  const cloud = new FakeCloud(
    aCloudNetwork({ ...PLACE, interfaces: [anInterface({ ipv4 })], groups: [aGroup({ rules })] }),
  );
  const world = await World.with();
  await world.stores.assets.putAll([anAsset({ ...PLACE, source: 'inventory' })]);
  world.ports.firewall = new SecurityGroupsFirewall({
    reader: cloud,
    changer: cloud,
    assets: world.stores.assets,
    clock: world.ports.clock,
    wait: async (ms) => world.later(ms),
    reasonNotToChange: () => null,
  });
  return { cloud, world, request: await world.approve() };
}

describe('a change of security groups that EC2 does not let through', () => {
  it.each([
    ['to shrink the rule', 'modify'],
    ['to add what remains', 'authorize'],
    ['to take back what was added', 'revoke'],
  ] as const)('is not begun without the permission %s', async (_, op) => {
    const { cloud, world, request } = await closing(RANGE);
    cloud.forbidden = (step) => step.op === op;
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.applied).toEqual([]);
    expect(await world.notes()).toContain(`ec2 ${op} of sg-1 failed: UnauthorizedOperation`);
    expect((await world.finding()).status).toBe('open');
  });

  it('is not begun when one of two rules may not be removed', async () => {
    const { cloud, world, request } = await closing(TWO);
    cloud.forbidden = (step) => step.op === 'revoke' && step.ruleId === 'sgr-two';
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.lines()).toEqual(TWO_LINES);
    expect(cloud.applied).toEqual([]);
  });

  it('is not taken back without every permission for that, and stays as it is', async () => {
    const { cloud, world, request } = await closing(RANGE);
    await runChange(world.ports, request);
    const after = cloud.lines();
    cloud.forbidden = (step) => step.op === 'revoke';
    expect((await runChange(world.ports, { ...request, action: 'rollback' })).kind).toBe('failed');
    expect(cloud.lines()).toEqual(after);
    expect(await world.notes()).toContain('ec2 revoke of sg-1');
  });

  it.each(['throttled', 'unavailable'] as const)('goes on later where it stopped when calls are %s', async (code) => {
    const { cloud, world, request } = await closing(RANGE);
    cloud.before = (step) => {
      if (step.op === 'modify') throw new RuleProblem(code, 'not now');
    };
    for (let delivery = 1; delivery <= 5; delivery += 1) {
      await expect(runChange(world.ports, request)).rejects.toThrow('not now');
    }
    expect((await world.plan(request.planId)).state).toBe('applying');
    expect(cloud.lines()).toContain('sg-1 tcp 6370-6390 0.0.0.0/0');
    cloud.before = () => undefined;
    expect((await runChange(world.ports, request)).kind).toBe('applied');
    expect(cloud.applied.map(({ op }) => op)).toEqual(['authorize', 'modify']);
  });

  it('is taken back when the approval runs out before calls go through again', async () => {
    const { cloud, world, request } = await closing(RANGE);
    cloud.before = (step) => {
      if (step.op === 'modify') throw new RuleProblem('throttled', 'not now');
    };
    await expect(runChange(world.ports, request)).rejects.toThrow('not now');
    world.later(3_600_000);
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.lines()).toEqual(['sg-1 tcp 6370-6390 0.0.0.0/0']);
    expect(await world.untold()).toContain('change-failed');
  });

  it('is taken back when a permission it still needs is withdrawn between two deliveries', async () => {
    const { cloud, world, request } = await closing(RANGE);
    cloud.before = (step) => {
      if (step.op === 'modify') throw new RuleProblem('throttled', 'not now');
    };
    await expect(runChange(world.ports, request)).rejects.toThrow('not now');
    expect(cloud.lines()).toHaveLength(2);
    cloud.forbidden = (step) => step.op === 'modify';
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.lines()).toEqual(['sg-1 tcp 6370-6390 0.0.0.0/0']);
  });

  it('waits for reads that lag behind an answer that was lost, before it judges', async () => {
    const { cloud, world, request } = await closing(TWO);
    let lost = 0;
    cloud.after = () => {
      if ((lost += 1) > 1) return;
      cloud.staleReads = 5;
      // What the SDK's second try is told.
      throw new RuleProblem('not-found', 'the rule does not exist');
    };
    expect((await runChange(world.ports, request)).kind).toBe('applied');
    expect(cloud.lines()).toEqual([]);
  });

  it('is told to a person at once when rules may not be read', async () => {
    const { cloud, world, request } = await closing(RANGE);
    cloud.unreadable = new AccessDenied('ec2:DescribeSecurityGroupRules was refused to role/read');
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(await world.notes()).toContain('ec2:DescribeSecurityGroupRules was refused to role/read');
  });

  it('is failed, not forgotten, when rules may not be read any more halfway', async () => {
    const { cloud, world, request } = await closing(RANGE);
    cloud.after = () => {
      cloud.unreadable = new AccessDenied('ec2:DescribeSecurityGroupRules was refused to role/read');
    };
    expect((await runChange(world.ports, request)).kind).toBe('failed');
    expect(await world.untold()).toContain('needs-person');
    expect(await world.notes()).toContain('ec2:DescribeSecurityGroupRules');
  });

  it('a rollback is left to a person when rules may not be read', async () => {
    const { cloud, world, request } = await closing(RANGE);
    await runChange(world.ports, request);
    cloud.unreadable = new AccessDenied('ec2:DescribeSecurityGroupRules was refused to role/read');
    expect((await runChange(world.ports, { ...request, action: 'rollback' })).kind).toBe('refused');
    expect((await world.plan(request.planId)).state).toBe('applied');
    expect(await world.notes()).toContain('ec2:DescribeSecurityGroupRules');
  });
});

describe('a change of security groups that is cut off or crossed', () => {
  it('is put back to the end after kill -9 in the middle of putting it back', async () => {
    const { cloud, world, request } = await closing(TWO);
    await runChange(world.ports, request);
    const rollback = { ...request, action: 'rollback' as const };
    cloud.after = () => {
      cloud.unreadable = new Error('killed');
    };
    await expect(runChange(world.ports, rollback)).rejects.toThrow('killed');
    expect(cloud.lines()).toHaveLength(1);
    [cloud.after, cloud.unreadable] = [() => undefined, null];
    world.later(61_000);
    expect((await runChange(world.ports, rollback)).kind).toBe('rolled-back');
    expect(cloud.lines()).toEqual(TWO_LINES);
  });

  it('is put back to the end when what cut it off came while a refused change was put back', async () => {
    const { cloud, world, request } = await closing([...TWO, ...RANGE]);
    cloud.before = (step) => {
      if (step.op === 'revoke' && step.ruleId === 'sgr-two') throw new RuleProblem('denied', 'denied');
    };
    cloud.after = (step) => {
      if (step.op === 'authorize' && step.rule.description === 'cache') cloud.unreadable = new Error('killed');
    };
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    [cloud.before, cloud.after, cloud.unreadable] = [() => undefined, () => undefined, null];
    world.later(61_000);
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.lines()).toEqual(['sg-1 tcp 6370-6390 0.0.0.0/0', ...TWO_LINES]);
  });

  it('opens nothing again that somebody else closes meanwhile', async () => {
    const { cloud, world, request } = await closing(RANGE);
    cloud.after = (step) => {
      if (step.op === 'authorize') cloud.edit('sg-1', (rules) => rules.filter(({ id }) => id !== 'sgr-range'));
    };
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.lines()).toEqual([]);
    expect(await world.untold()).toContain('change-failed');
  });

  it('is taken back when somebody else edits between two calls, and their edit stays', async () => {
    const { cloud, world, request } = await closing(RANGE);
    cloud.after = (step) => {
      if (step.op !== 'authorize') return;
      cloud.edit('sg-1', (rules) => [...rules, aRule({ id: 'sgr-else', fromPort: 8080, toPort: 8080 })]);
    };
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.lines()).toEqual(['sg-1 tcp 6370-6390 0.0.0.0/0', 'sg-1 tcp 8080-8080 0.0.0.0/0']);
    expect(await world.notes()).toContain('tcp 8080');
  });

  it('is put back to the end when somebody else edits while it is put back', async () => {
    const { cloud, world, request } = await closing(RANGE);
    await runChange(world.ports, request);
    cloud.after = (step) => {
      if (step.op !== 'modify') return;
      cloud.edit('sg-1', (rules) => [...rules, aRule({ id: 'sgr-else', fromPort: 8080, toPort: 8080 })]);
    };
    expect((await runChange(world.ports, { ...request, action: 'rollback' })).kind).toBe('rolled-back');
    expect(cloud.lines()).toEqual(['sg-1 tcp 6370-6390 0.0.0.0/0', 'sg-1 tcp 8080-8080 0.0.0.0/0']);
  });

  it('is a matter for a person when a rule is gone and somebody else may have removed it', async () => {
    const { cloud, world, request } = await closing(TWO);
    cloud.after = () => {
      cloud.edit('sg-1', (rules) => [...rules, aRule({ id: 'sgr-else', fromPort: 8080, toPort: 8080 })]);
      cloud.after = () => undefined;
    };
    expect((await runChange(world.ports, request)).kind).toBe('failed');
    expect(cloud.lines()).toHaveLength(2);
    expect(await world.untold()).toContain('needs-person');
  });

  it('is refused when somebody else edits right before the first call: nothing was made', async () => {
    const { cloud, world, request } = await closing(RANGE);
    const rehearse = cloud.rehearse.bind(cloud);
    cloud.rehearse = async (...args) => {
      cloud.edit('sg-1', (rules) => [
        ...rules.filter(({ id }) => id !== 'sgr-else'),
        aRule({ id: 'sgr-else', fromPort: 8080, toPort: 8080 }),
      ]);
      return rehearse(...args);
    };
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.applied).toEqual([]);
    expect(cloud.lines()).toEqual(['sg-1 tcp 6370-6390 0.0.0.0/0', 'sg-1 tcp 8080-8080 0.0.0.0/0']);
  });

  it('is refused when somebody else has made a part of it before', async () => {
    const { cloud, world, request } = await closing(RANGE);
    cloud.edit('sg-1', (rules) => [...rules, aRule({ id: 'sgr-else', fromPort: 6380, toPort: 6390 })]);
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.applied).toEqual([]);
  });
});
