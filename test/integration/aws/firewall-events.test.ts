import {
  AssociateAddressCommand,
  AllocateAddressCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  DeleteSecurityGroupCommand,
  DescribeRouteTablesCommand,
  type EC2Client,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseFirewallEvent } from '../../../core/events/parse-event.ts';
import { aCallEvent } from '../../builders/cloud-event.ts';
import { adaptersAt, adminClient, aVpc, PLACE, type SmallVpc } from '../../support/aws/small-cloud.ts';
import { type Emulator, STARTS_WITHIN_MS } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { describeWith } from '../../support/need.ts';
import { CloudWorld } from '../../support/stages/cloud-world.ts';

/** moto writes no CloudTrail: the event is made of what the call really answered. */
function asCloudTrail({
  GroupId,
  SecurityGroupRuleId,
  IsEgress,
  IpProtocol,
  FromPort,
  ToPort,
  CidrIpv4,
}: SecurityGroupRule) {
  return {
    groupId: GroupId,
    securityGroupRuleId: SecurityGroupRuleId,
    isEgress: IsEgress ?? false,
    ipProtocol: IpProtocol,
    fromPort: FromPort,
    toPort: ToPort,
    cidrIpv4: CidrIpv4,
  };
}

describeWith(['moto'], 'firewall events over the wire', () => {
  let moto: Emulator;
  let ec2: EC2Client;
  let vpc: SmallVpc;
  let adapters: ReturnType<typeof adaptersAt>;
  let world: CloudWorld;
  let groupId: string;
  let address: string;
  let ruleId: string;
  let events = 0;

  const everyone = (from: number, to: number) => ({
    GroupId: groupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: from, ToPort: to, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });

  async function tell(eventName: string, detail: Record<string, unknown>): Promise<string[]> {
    events += 1;
    const eventID = `e-${events}`;
    const body = aCallEvent({ eventName, eventID, awsRegion: PLACE.region, ...detail });
    const reader = adapters.reader;
    expect(await world.events([parseFirewallEvent(JSON.parse(JSON.stringify(body)))], { reader })).toEqual([
      { ok: true },
    ]);
    return world.probed();
  }

  beforeAll(async () => {
    moto = await startMoto();
    ec2 = adminClient(moto.url);
    adapters = adaptersAt(moto.url);
    world = new CloudWorld();
    vpc = await aVpc(ec2);
    groupId = await vpc.group('web');
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
    const gateway = { InternetGatewayId: InternetGateway!.InternetGatewayId! };
    await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpc.vpcId, ...gateway }));
    const filter = [{ Name: 'vpc-id', Values: [vpc.vpcId] }];
    const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters: filter }));
    const RouteTableId = RouteTables![0]!.RouteTableId!;
    await ec2.send(
      new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway.InternetGatewayId }),
    );
    const { Instances } = await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-12c6146b',
        MinCount: 1,
        MaxCount: 1,
        SubnetId: vpc.subnetId,
        SecurityGroupIds: [groupId],
      }),
    );
    const { AllocationId, PublicIp } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    address = PublicIp!;
    await ec2.send(
      new AssociateAddressCommand({ AllocationId: AllocationId!, InstanceId: Instances![0]!.InstanceId! }),
    );
    await world.inventory({ reader: adapters.reader });
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    ec2.destroy();
    adapters.destroy();
    await moto.close();
  });

  it('begin with an inventory in which nothing is let in', async () => {
    expect((await world.stores.admitted.get(address))?.pairs).toEqual([]);
    expect((await world.stores.admitted.get(address))?.groupIds).toEqual([groupId]);
    expect(await world.stores.assets.get(address)).toMatchObject({ source: 'inventory', account: PLACE.account });
    expect(world.probed()).toEqual([]);
  });

  it('probe the port that a new rule lets in, and know who made it', async () => {
    const { SecurityGroupRules } = await ec2.send(new AuthorizeSecurityGroupIngressCommand(everyone(8_080, 8_080)));
    ruleId = SecurityGroupRules![0]!.SecurityGroupRuleId!;
    const probed = await tell('AuthorizeSecurityGroupIngress', {
      requestParameters: { groupId },
      responseElements: { securityGroupRuleSet: { items: SecurityGroupRules!.map(asCloudTrail) } },
    });
    expect(probed).toEqual([`${address}:8080!`]);
    const history = (await world.stores.attributions.get([ruleId])).get(ruleId);
    expect(history?.[0]).toMatchObject({ actor: 'arn:aws:sts::123456789012:assumed-role/admin/zoe', how: 'created' });
  });

  it('probe only what a rule gained that was widened in place', async () => {
    const rule = { IpProtocol: 'tcp', FromPort: 8_080, ToPort: 8_082, CidrIpv4: '0.0.0.0/0' };
    const SecurityGroupRule = { SecurityGroupRuleId: ruleId, SecurityGroupRule: rule };
    await ec2.send(new ModifySecurityGroupRulesCommand({ GroupId: groupId, SecurityGroupRules: [SecurityGroupRule] }));
    const requestParameters = { ModifySecurityGroupRulesRequest: { GroupId: groupId, SecurityGroupRule } };
    expect(await tell('ModifySecurityGroupRules', { requestParameters, responseElements: null })).toEqual([
      `${address}:8081-8082!`,
    ]);
    expect((await world.stores.attributions.get([ruleId])).get(ruleId)).toHaveLength(2);
  });

  it('record a rule that is gone and probe nothing that was not open', async () => {
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: groupId, SecurityGroupRuleIds: [ruleId] }));
    const requestParameters = { groupId, securityGroupRuleIds: { items: [{ securityGroupRuleId: ruleId }] } };
    expect(await tell('RevokeSecurityGroupIngress', { requestParameters, responseElements: null })).toEqual([]);
    expect((await world.stores.admitted.get(address))?.pairs).toEqual([]);
  });

  it('that are lost are late: the inventory finds what they would have told', async () => {
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(everyone(9_090, 9_090)));
    await world.inventory({ reader: adapters.reader });
    expect(world.sent.map(({ shard }) => shard.cause?.late)).toEqual([true]);
    expect(world.probed()).toEqual([`${address}:9090!`]);
  });

  it('of a group that was deleted meanwhile are normal', async () => {
    const gone = await vpc.group('gone');
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: gone }));
    const requestParameters = { groupId: gone };
    expect(await tell('AuthorizeSecurityGroupIngress', { requestParameters, responseElements: null })).toEqual([]);
  });
});
