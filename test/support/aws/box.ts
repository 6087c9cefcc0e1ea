import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
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
  RunInstancesCommand,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { emulatorClientConfig } from '../emulators/client-config.ts';

/** Any image: moto starts nothing. */
const IMAGE = 'ami-12c6146b';
const MIRROR = 'aws_mirror';
const MIRROR_EVERY_MS = 50;

export interface BoxRule {
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
 * A small account in moto whose security groups really filter: what moto says of the groups is kept in nftables of this network namespace,
 * by asking it over and over. Run it only in a namespace of the test's own.
 */
export class AwsBox {
  readonly ec2: EC2Client;
  readonly machines: BoxMachine[] = [];
  #subnetId = '';
  #vpcId = '';
  #running = true;
  #mirror: Promise<void> = Promise.resolve();
  #shown = '';

  constructor(url: string) {
    this.ec2 = new EC2Client(emulatorClientConfig(url));
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
    this.#mirror = this.#keepMirrored();
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

  async allow(groupId: string, { from, to, cidr }: BoxRule): Promise<string> {
    const made = await this.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: groupId,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: from, ToPort: to, IpRanges: [{ CidrIp: cidr }] }],
      }),
    );
    return made.SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? '';
  }

  async modify(groupId: string, ruleId: string, { from, to, cidr }: BoxRule): Promise<void> {
    await this.ec2.send(
      new ModifySecurityGroupRulesCommand({
        GroupId: groupId,
        SecurityGroupRules: [
          {
            SecurityGroupRuleId: ruleId,
            SecurityGroupRule: { IpProtocol: 'tcp', FromPort: from, ToPort: to, CidrIpv4: cidr },
          },
        ],
      }),
    );
  }

  /** Ingress rules as `22-22 0.0.0.0/0`, sorted. */
  async rules(groupId: string): Promise<string[]> {
    return (await this.#ingress([groupId])).map(lineOf).sort();
  }

  async ruleId(groupId: string, line: string): Promise<string> {
    return (await this.#ingress([groupId])).find((rule) => lineOf(rule) === line)?.SecurityGroupRuleId ?? '';
  }

  /** Resolves once nftables holds what moto says now. */
  async mirrored(): Promise<void> {
    await this.#mirrorOnce();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#mirror;
    this.ec2.destroy();
    execFileSync('nft', ['-f', '-'], { input: `table inet ${MIRROR} {}; delete table inet ${MIRROR}` });
  }

  async #ingress(groupIds: readonly string[]): Promise<SecurityGroupRule[]> {
    const { SecurityGroupRules } = await this.ec2.send(
      new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [...groupIds] }] }),
    );
    return (SecurityGroupRules ?? []).filter(({ IsEgress }) => IsEgress !== true);
  }

  async #keepMirrored(): Promise<void> {
    while (this.#running) {
      await this.#mirrorOnce();
      await sleep(MIRROR_EVERY_MS);
    }
  }

  async #mirrorOnce(): Promise<void> {
    const machines = [...this.machines];
    const rules = machines.length === 0 ? [] : await this.#ingress(machines.map(({ groupId }) => groupId));
    const lines = machines.flatMap(({ address, groupId }) => [
      ...rules
        .filter((rule) => rule.GroupId === groupId && isPublic(rule.CidrIpv4))
        .map((rule) => `ip daddr ${address} tcp dport ${rule.FromPort}-${rule.ToPort} accept`),
      // A security group answers nothing.
      `ip daddr ${address} tcp flags & (syn | ack) == syn drop`,
    ]);
    const text = lines.join('\n');
    if (text === this.#shown) return;
    const chain = `chain input { type filter hook input priority -10; policy accept;\n${text}\n}`;
    const input = `table inet ${MIRROR} {}\ndelete table inet ${MIRROR}\ntable inet ${MIRROR} {\n${chain}\n}\n`;
    execFileSync('nft', ['-f', '-'], { input });
    this.#shown = text;
  }
}

function lineOf({ FromPort, ToPort, CidrIpv4, CidrIpv6 }: SecurityGroupRule): string {
  return `${FromPort}-${ToPort} ${CidrIpv4 ?? CidrIpv6 ?? ''}`;
}

/** As far as these tests go: every connection here comes from outside. */
function isPublic(cidr: string | undefined): boolean {
  return cidr !== undefined && !/^(10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(cidr);
}
