import {
  CreateManagedPrefixListCommand,
  DeleteSecurityGroupCommand,
  type EC2Client,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SecurityGroupRule } from '../../../core/cloud/network.ts';
import { RuleProblem } from '../../../core/cloud/rule-problem.ts';
import { Refused } from '../../../core/errors.ts';
import type { RuleStep } from '../../../core/remediation/security-groups/rule-step.ts';
import { rejectsWithinSeconds } from '../../support/aws/fake-seconds.ts';
import {
  adaptersAt,
  adminClient,
  aShape,
  aVpc,
  ownAccess,
  PLACE,
  type SmallVpc,
} from '../../support/aws/small-cloud.ts';
import { ec2Error, startWireProxy, type Intercept, type WireProxy } from '../../support/aws/wire-proxy.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { describeWith } from '../../support/need.ts';

/** 255 characters, the most AWS takes, with every sign that it takes and that XML and forms make something of. */
const ODD = `${"a-zA-Z0-9. _-:/()#,@[]+=&;{}!$* 100% of 'it' +".padEnd(252, 'x')}  .`;

describeWith(['moto'], 'the rules of security groups, changed', () => {
  let moto: Emulator;
  let ec2: EC2Client;
  let vpc: SmallVpc;
  let intercept: Intercept;
  let proxy: WireProxy;
  let adapters: ReturnType<typeof adaptersAt>;
  let groupId: string;
  let groups = 0;

  beforeAll(async () => {
    moto = await startMoto();
    proxy = await startWireProxy(moto.url, (call, forward) => intercept(call, forward));
    ec2 = adminClient(moto.url);
    vpc = await aVpc(ec2);
    adapters = adaptersAt(proxy.url);
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    adapters.destroy();
    ec2.destroy();
    await proxy.close();
    await moto.close();
  });

  beforeEach(async () => {
    intercept = (_call, forward) => forward();
    groupId = await vpc.group(`group-${(groups += 1)}`);
  });

  const rules = async (id = groupId): Promise<SecurityGroupRule[]> => [
    ...(await adapters.changer.readRules(PLACE, [id])).get(id)!,
  ];
  const apply = (step: RuleStep) => adapters.changer.apply(PLACE, step);
  const authorize = async (rule = aShape(), tags = {}) => {
    const before = new Set((await rules()).map(({ id }) => id));
    await apply({ op: 'authorize', groupId, rule, tags });
    return (await rules()).find(({ id }) => !before.has(id))!;
  };
  const problemOf = async (step: RuleStep) => {
    const error: unknown = await apply(step).then(
      () => 'no error',
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RuleProblem);
    return error as RuleProblem;
  };

  it('one rule is added with its description to the letter and its tags', async () => {
    expect(ODD).toHaveLength(255);
    const rule = aShape({ description: ODD });
    const { id, ...added } = await authorize(rule, { 'exposure:split-from': 'sgr-1', '': 'x & <y> "z"' });
    expect(id).toMatch(/^sgr-/);
    expect(added).toEqual({
      ...rule,
      groupId,
      egress: false,
      tags: { 'exposure:split-from': 'sgr-1', '': 'x & <y> "z"' },
    });
  });

  it('every kind of source and protocol comes back as it was given', async () => {
    const list = await ec2.send(
      new CreateManagedPrefixListCommand({ PrefixListName: 'offices', AddressFamily: 'IPv4', MaxEntries: 3 }),
    );
    const shapes = [
      aShape({ source: { kind: 'ipv6', cidr: '::/0' } }),
      aShape({ protocol: '-1', fromPort: null, toPort: null, description: null }),
      aShape({ protocol: 'icmp', fromPort: 8, toPort: -1 }),
      aShape({ protocol: 'udp', fromPort: 53, toPort: 53 }),
      aShape({ fromPort: 0, toPort: 65_535 }),
    ];
    for (const rule of shapes) expect(await authorize(rule)).toMatchObject(rule);
    // moto forgets the descriptions of these two (docs/emulators.md).
    const sources = [
      { kind: 'prefix-list', id: list.PrefixList!.PrefixListId! },
      { kind: 'group', id: groupId, account: PLACE.account },
    ] as const;
    for (const source of sources) {
      const rule = aShape({ source, description: null });
      expect(await authorize(rule)).toMatchObject(rule);
    }
  });

  it('a rule is shrunk in place: id, tags, description and source stay', async () => {
    const { id, ...before } = await authorize(aShape({ description: ODD }), { keep: 'me' });
    const from = aShape({ description: ODD });
    await apply({ op: 'modify', groupId, ruleId: id, from, to: { ...from, fromPort: 23 } });
    expect(await rules()).toEqual([{ id, ...before, fromPort: 23 }]);
    const sent = proxy.calls.findLast(({ action }) => action === 'ModifySecurityGroupRules')!.params;
    expect(sent.get('SecurityGroupRule.1.SecurityGroupRule.Description')).toBe(ODD);
    expect(sent.get('SecurityGroupRule.1.SecurityGroupRule.CidrIpv4')).toBe('0.0.0.0/0');
  });

  it('a rule is removed by its id and no other one with it', async () => {
    const gone = await authorize(aShape());
    const kept = await authorize(aShape({ source: { kind: 'ipv4', cidr: '10.0.0.0/8' } }));
    await apply({ op: 'revoke', groupId, ruleId: gone.id, rule: aShape() });
    expect(await rules()).toEqual([kept]);
    const sent = proxy.calls.findLast(({ action }) => action === 'RevokeSecurityGroupIngress')!.params;
    expect(Object.fromEntries(sent)).toMatchObject({ GroupId: groupId, 'SecurityGroupRuleId.1': gone.id });
    expect([...sent.keys()].filter((key) => key.startsWith('IpPermissions'))).toEqual([]);
  });

  it('adding a rule again ends as duplicate, whatever its description, and changes nothing', async () => {
    const added = await authorize(aShape());
    const problem = await problemOf({ op: 'authorize', groupId, rule: aShape({ description: 'other' }), tags: {} });
    expect(problem.code).toBe('duplicate');
    expect(problem.message).toBe(
      `ec2:AuthorizeSecurityGroupIngress on ${groupId} (account 123456789012 in eu-west-1) by ` +
        'arn:aws:iam::123456789012:role/portcullis-write failed: InvalidPermission.Duplicate',
    );
    expect(await rules()).toEqual([added]);
  });

  it('changing or removing what is gone ends as not-found', async () => {
    const { id } = await authorize(aShape());
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: groupId, SecurityGroupRuleIds: [id] }));
    const [from, to] = [aShape(), aShape({ fromPort: 23 })];
    expect((await problemOf({ op: 'modify', groupId, ruleId: id, from, to })).code).toBe('not-found');
    expect((await problemOf({ op: 'revoke', groupId, ruleId: id, rule: from })).code).toBe('not-found');
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: groupId }));
    for (const step of [
      { op: 'authorize', groupId, rule: from, tags: {} },
      { op: 'modify', groupId, ruleId: id, from, to },
      { op: 'revoke', groupId, ruleId: id, rule: from },
    ] satisfies RuleStep[]) {
      expect((await problemOf(step)).code).toBe('not-found');
    }
  });

  it('a full group ends as quota', async () => {
    for (let port = 1; port <= 60; port += 1) {
      await apply({ op: 'authorize', groupId, rule: aShape({ fromPort: port, toPort: port }), tags: {} });
    }
    expect((await problemOf({ op: 'authorize', groupId, rule: aShape(), tags: {} })).code).toBe('quota');
    expect(await rules()).toHaveLength(60);
  });

  it('a role that may not ends as denied, naming the action, the rule and the role', async () => {
    const { id } = await authorize(aShape());
    intercept = async ({ action }, forward) =>
      action === 'RevokeSecurityGroupIngress' ? ec2Error(403, 'UnauthorizedOperation') : forward();
    const problem = await problemOf({ op: 'revoke', groupId, ruleId: id, rule: aShape() });
    expect(problem.code).toBe('denied');
    expect(problem.message).toBe(
      `ec2:RevokeSecurityGroupIngress on ${id} of ${groupId} (account 123456789012 in eu-west-1) by ` +
        'arn:aws:iam::123456789012:role/portcullis-write failed: UnauthorizedOperation',
    );
  });

  it('a revoke that is throttled three times is carried out', async () => {
    const { id } = await authorize(aShape());
    let refused = 0;
    intercept = async ({ action }, forward) => {
      if (action !== 'RevokeSecurityGroupIngress' || refused === 3) return forward();
      refused += 1;
      return ec2Error(503, 'RequestLimitExceeded');
    };
    await apply({ op: 'revoke', groupId, ruleId: id, rule: aShape() });
    expect(refused).toBe(3);
    expect(await rules()).toEqual([]);
  });

  it.each(['throttled', 'not answered'])(
    'a call that is %s for minutes ends within 20 s, so that no try follows the lock of its change',
    async (how) => {
      const { id } = await authorize(aShape());
      let tries = 0;
      intercept = async ({ action }, forward) => {
        if (action !== 'RevokeSecurityGroupIngress') return forward();
        tries += 1;
        return how === 'throttled' ? ec2Error(503, 'RequestLimitExceeded') : new Promise(() => undefined);
      };
      const revoke = () => apply({ op: 'revoke', groupId, ruleId: id, rule: aShape() });
      const error = await rejectsWithinSeconds(21, revoke);
      expect(error).toBeInstanceOf(RuleProblem);
      expect(['throttled', 'unavailable']).toContain((error as RuleProblem).code);
      expect((error as RuleProblem).message).toMatch(
        /^ec2:RevokeSecurityGroupIngress on sgr-.* failed: (RequestLimitExceeded|not taken within 20 s)$/,
      );
      expect(tries).toBeGreaterThan(1);
      const before = tries;
      intercept = (_call, forward) => forward();
      expect(await rules()).toHaveLength(1);
      expect(tries).toBe(before);
    },
  );

  it('a rehearsal makes no call, and says what is not permitted', async () => {
    const added = await authorize(aShape());
    const [from, to] = [aShape(), aShape({ fromPort: 23 })];
    const steps: RuleStep[] = [
      { op: 'authorize', groupId, rule: aShape({ fromPort: 5, toPort: 5 }), tags: { why: 'x' } },
      { op: 'authorize', groupId, rule: from, tags: {} },
      { op: 'modify', groupId, ruleId: added.id, from, to },
      { op: 'revoke', groupId, ruleId: added.id, rule: from },
      { op: 'revoke', groupId, ruleId: 'sgr-0123456789abcdef0', rule: from },
    ];
    for (const step of steps) await adapters.changer.rehearse(PLACE, step);
    expect(await rules()).toEqual([added]);
    intercept = async () => ec2Error(403, 'UnauthorizedOperation');
    for (const step of steps) {
      await expect(adapters.changer.rehearse(PLACE, step)).rejects.toMatchObject({ code: 'denied' });
    }
  });

  it('an error of EC2 that lasts ends as unavailable', async () => {
    intercept = async ({ action }, forward) =>
      action === 'AuthorizeSecurityGroupIngress' ? ec2Error(500, 'InternalError') : forward();
    const step: RuleStep = { op: 'authorize', groupId, rule: aShape(), tags: {} };
    expect(await rejectsWithinSeconds(21, () => apply(step))).toMatchObject({ code: 'unavailable' });
    expect(await rules()).toEqual([]);
  });

  it('an answer that is lost after the rule was added ends as duplicate, and a read shows the rule', async () => {
    let lost = 0;
    intercept = async ({ action }, forward) => {
      const answer = await forward();
      if (action !== 'AuthorizeSecurityGroupIngress' || lost === 1) return answer;
      lost += 1;
      throw new Error('the connection broke');
    };
    const problem = await problemOf({ op: 'authorize', groupId, rule: aShape(), tags: {} });
    expect([problem.code, lost]).toEqual(['duplicate', 1]);
    expect(await rules()).toMatchObject([aShape()]);
  });

  it('a group that is gone is absent from a read, and one without rules is there', async () => {
    const gone = await vpc.group('gone');
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: gone }));
    expect(await adapters.changer.readRules(PLACE, [gone, groupId])).toEqual(new Map([[groupId, []]]));
    expect(await adapters.changer.readRules(PLACE, [])).toEqual(new Map());
  });

  it('without a writeRole changes are refused and reads are not', async () => {
    const readRole = 'arn:aws:iam::123456789012:role/portcullis-read';
    const readOnly = adaptersAt(moto.url, { access: [ownAccess({ readRole, writeRole: null })] });
    const step: RuleStep = { op: 'authorize', groupId, rule: aShape(), tags: {} };
    await expect(readOnly.changer.apply(PLACE, step)).rejects.toThrow(
      new Refused('Changes are refused in account 123456789012: it has no writeRole.'),
    );
    expect(await readOnly.changer.readRules(PLACE, [groupId])).toEqual(new Map([[groupId, []]]));
    readOnly.destroy();
  });

  it('without any role the rules are changed with the credentials of Portcullis itself', async () => {
    const own = adaptersAt(moto.url, { access: [ownAccess({ writeRole: null })] });
    await own.changer.apply(PLACE, { op: 'authorize', groupId, rule: aShape(), tags: {} });
    expect(await rules()).toMatchObject([aShape()]);
    own.destroy();
  });
});
