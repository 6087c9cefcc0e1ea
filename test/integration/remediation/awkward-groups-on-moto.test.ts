import {
  AuthorizeSecurityGroupIngressCommand,
  DeleteSecurityGroupCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SecurityGroupRule } from '../../../core/cloud/network.ts';
import { Refused } from '../../../core/errors.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import { aRule } from '../../builders/cloud-network.ts';
import { FaultProxy, WRITES } from '../../support/aws/fault-proxy.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { describeWith } from '../../support/need.ts';
import { ClosureLab } from '../../support/remediation/closure-lab.ts';
import { ODD } from '../../support/remediation/lab-case.ts';
import { approved, cloudProcess, type CloudProcess, labWorld } from '../../support/remediation/lab-world.ts';
import { linesOf } from '../../support/remediation/rules-on-the-wire.ts';
import { LISTS } from '../../unit/remediation/security-groups/arbitrary-closures.ts';

const RANGE = aRule({ fromPort: 6370, toPort: 6390, description: ODD, tags: { team: 'payments' } });

describeWith(['moto'], 'closing port 6379 of a group', () => {
  let moto: Emulator;
  let proxy: FaultProxy;
  let lab: ClosureLab;
  let cloud: CloudProcess;

  beforeAll(async () => {
    moto = await startMoto();
    proxy = await FaultProxy.start(moto.url);
    lab = await ClosureLab.start(moto.url, LISTS);
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    cloud.destroy();
    lab.ec2.destroy();
    await proxy.close();
    await moto.close();
  });

  beforeEach(() => {
    proxy.set(null);
    cloud?.destroy();
    cloud = cloudProcess(proxy.url);
  });

  const world = async (...rules: SecurityGroupRule[]) => {
    await lab.load(new Map([['sg-1', rules]]));
    return labWorld(cloud, { address: lab.v4, port: 6_379 });
  };

  it.each(WRITES)(
    'without the permission ec2:%s nothing is begun; the message names action, group and role',
    async (action) => {
      const one = await world(RANGE);
      const before = await lab.live();
      const request = await approved(one);
      proxy.set({ fault: 'forbidden', actions: [action], after: 0, times: Infinity });
      expect((await runChange(one.ports, request)).kind).toBe('refused');
      expect(await lab.live()).toEqual(before);
      expect((await one.finding()).status).toBe('open');
      const notes = await one.notes();
      expect(notes).toContain(`ec2:${action} on `);
      expect(notes).toContain(lab.groupIds[0]);
      expect(notes).toContain('by arn:aws:iam::123456789012:role/portcullis-write failed: UnauthorizedOperation');
    },
  );

  it.each(['DescribeSecurityGroupRules', 'DescribeNetworkInterfaces'])(
    'without ec2:%s at the change nothing is begun, and the message names it',
    async (action) => {
      const one = await world(RANGE);
      const before = await lab.live();
      const request = await approved(one);
      proxy.set({ fault: 'refused', actions: [action], after: 0, times: Infinity });
      expect((await runChange(one.ports, request)).kind).toBe('refused');
      expect(await lab.live()).toEqual(before);
      expect(await one.notes()).toMatch(
        new RegExp(`ec2:${action} on .* of account 123456789012 in eu-west-1 was refused to`),
      );
    },
  );

  it('calls that are throttled for minutes lose nothing: what was approved is done when they go through', async () => {
    const one = await world(RANGE);
    const request = await approved(one);
    proxy.set({ fault: 'throttled', actions: WRITES, after: 1, times: Infinity });
    for (let delivery = 1; delivery <= 5; delivery += 1) {
      await expect(runChange(one.ports, request)).rejects.toThrow('RequestLimitExceeded');
      one.later(60_000);
    }
    expect(await one.untold()).toEqual([]);
    expect((await one.plan(request.planId)).state).toBe('applying');
    proxy.set(null);
    expect((await runChange(one.ports, request)).kind).toBe('applied');
    expect(linesOf(await lab.live())).toHaveLength(2);
  });

  it('calls that are throttled longer than an approval holds: the half that was made is taken back, and a person is told once', async () => {
    const one = await world(RANGE);
    const before = linesOf(await lab.live());
    const request = await approved(one);
    proxy.set({ fault: 'throttled', actions: WRITES, after: 1, times: Infinity });
    await expect(runChange(one.ports, request)).rejects.toThrow('RequestLimitExceeded');
    one.later(3_600_000);
    await expect(runChange(one.ports, request)).rejects.toThrow('RequestLimitExceeded');
    proxy.set(null);
    expect((await runChange(one.ports, request)).kind).toBe('refused');
    expect(linesOf(await lab.live())).toEqual(before);
    expect(await one.untold()).toEqual(['change-failed']);
  });

  it('a group that is deleted between approval and change: nothing is changed, and the plan says so', async () => {
    const one = await world(RANGE);
    const spare = await lab.vpc.group('short-lived');
    await lab.authorize(spare, [{ ...RANGE, groupId: spare, fromPort: 6_379 }]);
    const attach = (Groups: string[]) =>
      lab.ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: lab.interfaceId, Groups }));
    await attach([...lab.groupIds, spare]);
    const request = await approved(one);
    await attach([...lab.groupIds]);
    await lab.ec2.send(new DeleteSecurityGroupCommand({ GroupId: spare }));
    const before = await lab.live();
    expect((await runChange(one.ports, request)).kind).toBe('refused');
    expect(await lab.live()).toEqual(before);
    const { note } = await one.plan(request.planId);
    expect(note).toContain(`${spare} is gone`);
    expect((await one.finding()).status).toBe('open');
  });

  it('a group of 1,000 rules has no room for what must remain, and says so; a rule that only shrinks is closed', async () => {
    const one = await world(RANGE);
    const [groupId] = lab.groupIds;
    // moto holds 60 networks in a group and any number of prefix lists.
    const PrefixListIds = Array.from({ length: 1_000 }, (_, index) => ({
      PrefixListId: `pl-${String(index).padStart(17, '0')}`,
    }));
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, PrefixListIds }];
    await lab.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: groupId, IpPermissions }));
    const before = await lab.live();
    await expect(approved(one)).rejects.toThrow(
      new RegExp(
        `${groupId} has no room for what must remain: it counts 1001 of 60 IPv4 ingress rules and needs 1 more`,
      ),
    );
    await expect(approved(one)).rejects.toThrow(Refused);
    expect(await lab.live()).toEqual(before);

    const edge = await labWorld(cloud, { address: lab.v4, port: 6_390 });
    expect((await runChange(edge.ports, await approved(edge))).kind).toBe('applied');
    const left = (await lab.live()).get(groupId!)!;
    expect(left).toHaveLength(1_001);
    expect(left.find(({ description }) => description === ODD)).toMatchObject({ fromPort: 6_370, toPort: 6_389 });
    await lab.clear(groupId!);
  });
});
