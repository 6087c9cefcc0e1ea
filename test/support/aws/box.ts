import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import type { Place } from '../../../core/cloud/network.ts';
import { emulatorClientConfig } from '../emulators/client-config.ts';
import { RuleMirror } from './rule-mirror.ts';
import { credentialsIn, OWN_ACCOUNT } from './small-cloud.ts';

/** Any image: moto starts nothing. */
const IMAGE = 'ami-12c6146b';
/** Of moto, when it is the only box. */
const MIRROR_EVERY_MS = 50;

export interface BoxRule {
  /** `tcp` when left out. `-1` is every protocol and port; its `from` and `to` are -1 too. */
  protocol?: 'tcp' | 'udp' | '-1';
  from: number;
  to: number;
  cidr: string;
}

export interface BoxMachine {
  readonly name: string;
  /** Elastic IP: moto's lie in 127.0.0.0/8, so a real listener can be bound to it. */
  readonly address: string;
  readonly groupId: string;
}

/**
 * One account and Region in moto whose security groups really filter: what moto says of the groups is kept in nftables of this network
 * namespace, by asking it over and over. Run it only in a namespace of the test's own.
 */
export class AwsBox {
  readonly place: Place;
  readonly ec2: EC2Client;
  readonly machines: BoxMachine[] = [];
  readonly #mirror: RuleMirror;
  #subnetId = '';
  #vpcId = '';

  /** `mirrorEveryMs`: many boxes ask one moto. */
  constructor(url: string, place: Partial<Place> = {}, mirrorEveryMs = MIRROR_EVERY_MS) {
    this.place = { account: OWN_ACCOUNT, region: 'us-east-1', ...place };
    const { account, region } = this.place;
    const own = emulatorClientConfig(url);
    const credentials = account === OWN_ACCOUNT ? own.credentials : () => credentialsIn(account, url);
    this.ec2 = new EC2Client({ ...own, region, credentials });
    this.#mirror = new RuleMirror(`aws_${account}_${region}`, () => this.#filters(), mirrorEveryMs);
  }

  async start(): Promise<void> {
    const { Vpc } = await this.ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    this.#vpcId = Vpc?.VpcId ?? '';
    const { Subnet } = await this.ec2.send(new CreateSubnetCommand({ VpcId: this.#vpcId, CidrBlock: '10.0.1.0/24' }));
    this.#subnetId = Subnet?.SubnetId ?? '';
    const { InternetGateway } = await this.ec2.send(new CreateInternetGatewayCommand({}));
    const InternetGatewayId = InternetGateway?.InternetGatewayId;
    await this.ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId: this.#vpcId }));
    const filter = [{ Name: 'vpc-id', Values: [this.#vpcId] }];
    const { RouteTables } = await this.ec2.send(new DescribeRouteTablesCommand({ Filters: filter }));
    await this.ec2.send(
      new CreateRouteCommand({
        RouteTableId: RouteTables?.[0]?.RouteTableId,
        DestinationCidrBlock: '0.0.0.0/0',
        GatewayId: InternetGatewayId,
      }),
    );
    this.#mirror.start();
  }

  /** A running instance with an elastic IP and a group of its own. */
  async addMachine(name: string, rules: readonly BoxRule[], tags: Record<string, string> = {}): Promise<BoxMachine> {
    const group = await this.ec2.send(
      new CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: this.#vpcId }),
    );
    const groupId = group.GroupId ?? '';
    for (const rule of rules) await this.allow(groupId, rule);
    const { Instances } = await this.ec2.send(
      new RunInstancesCommand({
        ImageId: IMAGE,
        InstanceType: 't3.micro',
        MinCount: 1,
        MaxCount: 1,
        SubnetId: this.#subnetId,
        SecurityGroupIds: [groupId],
        TagSpecifications: [
          {
            ResourceType: 'instance',
            Tags: Object.entries({ Name: name, ...tags }).map(([Key, Value]) => ({ Key, Value })),
          },
        ],
      }),
    );
    const InstanceId = Instances?.[0]?.InstanceId;
    const { AllocationId, PublicIp = '' } = await this.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    await this.ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId }));
    await this.ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId ?? ''] }));
    const machine = { name, address: PublicIp, groupId };
    this.machines.push(machine);
    await this.mirrored();
    return machine;
  }

  async allow(groupId: string, { protocol = 'tcp', from, to, cidr }: BoxRule): Promise<string> {
    const made = await this.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: groupId,
        IpPermissions: [{ IpProtocol: protocol, FromPort: from, ToPort: to, IpRanges: [{ CidrIp: cidr }] }],
      }),
    );
    return made.SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? '';
  }

  async modify(groupId: string, ruleId: string, { protocol = 'tcp', from, to, cidr }: BoxRule): Promise<void> {
    await this.ec2.send(
      new ModifySecurityGroupRulesCommand({
        GroupId: groupId,
        SecurityGroupRules: [
          {
            SecurityGroupRuleId: ruleId,
            SecurityGroupRule: { IpProtocol: protocol, FromPort: from, ToPort: to, CidrIpv4: cidr },
          },
        ],
      }),
    );
  }

  async revoke(groupId: string, ruleId: string): Promise<void> {
    await this.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: groupId, SecurityGroupRuleIds: [ruleId] }));
  }

  /** Ingress rules as `22-22 0.0.0.0/0`, those that are not of TCP as `udp 53-53 0.0.0.0/0`, sorted. */
  async rules(groupId: string): Promise<string[]> {
    return (await this.#ingress([groupId])).map(lineOf).sort();
  }

  async ruleId(groupId: string, line: string): Promise<string> {
    return (await this.#ingress([groupId])).find((rule) => lineOf(rule) === line)?.SecurityGroupRuleId ?? '';
  }

  /** Resolves once nftables holds what moto says now. */
  async mirrored(): Promise<void> {
    await this.#mirror.once();
  }

  async stop(): Promise<void> {
    await this.#mirror.stop();
    this.ec2.destroy();
  }

  async #ingress(groupIds: readonly string[]): Promise<SecurityGroupRule[]> {
    const { SecurityGroupRules } = await this.ec2.send(
      new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [...groupIds] }] }),
    );
    return (SecurityGroupRules ?? []).filter(({ IsEgress }) => IsEgress !== true);
  }

  /** Each machine with the rules of its group. */
  async #filters() {
    const machines = [...this.machines];
    const rules = machines.length === 0 ? [] : await this.#ingress(machines.map(({ groupId }) => groupId));
    return machines.map(({ address, groupId }) => ({
      address,
      rules: rules.filter(({ GroupId }) => GroupId === groupId),
    }));
  }
}

function lineOf({ IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6 }: SecurityGroupRule): string {
  const protocol = IpProtocol === 'tcp' ? '' : `${IpProtocol} `;
  return `${protocol}${FromPort}-${ToPort} ${CidrIpv4 ?? CidrIpv6 ?? ''}`;
}
