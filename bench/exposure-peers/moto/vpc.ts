import {
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateEgressOnlyInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  CreateRouteCommand,
  type CreateRouteCommandInput,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateTransitGatewayCommand,
  CreateVpcCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  ReplaceNetworkAclAssociationCommand,
} from '@aws-sdk/client-ec2';
import type { Acl, AclRow, Routes, RouteTarget, World } from '../corpus/world.ts';

export interface Vpc {
  readonly id: string;
  readonly defaultGroupId: string;
  /** Name in the case -> id. */
  readonly subnets: ReadonlyMap<string, string>;
}

const ZONE = 'us-east-1a';
const NUMBERS: Readonly<Record<string, string>> = { tcp: '6', udp: '17', icmp: '1', icmpv6: '58' };
/** ::/0 in EC2's own access lists; moto leaves it out of them. */
const OWN_V6_ROW: AclRow = { number: 101, allow: true, protocol: '-1', cidr: '::/0', ports: null };

/** VPC with gateways, subnets, access lists and route tables of the case. */
export async function makeVpc(ec2: EC2Client, world: World, slot: number): Promise<Vpc> {
  const hasV6 = Object.values(world.machines).some(({ interfaces }) => interfaces.some(({ v6 }) => v6));
  const made = await ec2.send(
    new CreateVpcCommand({ CidrBlock: `10.${slot}.0.0/16`, AmazonProvidedIpv6CidrBlock: hasV6 }),
  );
  const id = known(made.Vpc?.VpcId, 'a VPC');
  const prefix = hasV6 ? await v6PrefixOf(ec2, id) : null;
  const subnets = new Map<string, string>();
  for (const [i, name] of Object.keys(world.subnets).entries()) {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({
        VpcId: id,
        CidrBlock: `10.${slot}.${i}.0/24`,
        AvailabilityZone: ZONE,
        ...(prefix !== null && { Ipv6CidrBlock: prefix.replace('00::/56', `0${i}::/64`) }),
      }),
    );
    subnets.set(name, known(Subnet?.SubnetId, 'a subnet'));
  }
  await allowV6(ec2, id);
  const gateways = new Gateways(ec2, id, [...subnets.values()][0] ?? '');
  const main = await ec2.send(new DescribeRouteTablesCommand({ Filters: inVpc(id) }));
  await addRoutes(ec2, gateways, known(main.RouteTables?.[0]?.RouteTableId, 'a main route table'), world.mainRoutes);
  for (const [name, { acl, routes }] of Object.entries(world.subnets)) {
    const subnetId = known(subnets.get(name), name);
    if (acl !== null) await makeAcl(ec2, id, subnetId, acl);
    if (routes === null) continue;
    const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId: id }));
    const table = known(RouteTable?.RouteTableId, 'a route table');
    await addRoutes(ec2, gateways, table, routes);
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId: table, SubnetId: subnetId }));
  }
  const groups = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: inVpc(id) }));
  return { id, defaultGroupId: known(groups.SecurityGroups?.[0]?.GroupId, 'a group of its own'), subnets };
}

const inVpc = (id: string) => [{ Name: 'vpc-id', Values: [id] }];

export function known(value: string | undefined, what: string): string {
  if (value === undefined) throw new Error(`moto made no ${what}`);
  return value;
}

export function idOf(ids: ReadonlyMap<string, string>, name: string): string {
  const id = ids.get(name);
  if (id === undefined) throw new Error(`the case has nothing named "${name}"`);
  return id;
}

async function v6PrefixOf(ec2: EC2Client, vpcId: string): Promise<string> {
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }));
  return known(Vpcs?.[0]?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock, 'an IPv6 network');
}

async function allowV6(ec2: EC2Client, vpcId: string): Promise<void> {
  const { NetworkAcls } = await ec2.send(new DescribeNetworkAclsCommand({ Filters: inVpc(vpcId) }));
  const id = known(NetworkAcls?.[0]?.NetworkAclId, 'an access list');
  for (const egress of [false, true]) await addRow(ec2, id, egress, OWN_V6_ROW);
}

async function makeAcl(ec2: EC2Client, vpcId: string, subnetId: string, acl: Acl): Promise<void> {
  const before = await ec2.send(
    new DescribeNetworkAclsCommand({ Filters: [{ Name: 'association.subnet-id', Values: [subnetId] }] }),
  );
  const association = before.NetworkAcls?.[0]?.Associations?.find((each) => each.SubnetId === subnetId);
  const { NetworkAcl } = await ec2.send(new CreateNetworkAclCommand({ VpcId: vpcId }));
  const id = known(NetworkAcl?.NetworkAclId, 'an access list');
  for (const row of acl.inbound) await addRow(ec2, id, false, row);
  for (const row of acl.outbound) await addRow(ec2, id, true, row);
  await ec2.send(
    new ReplaceNetworkAclAssociationCommand({
      AssociationId: association?.NetworkAclAssociationId,
      NetworkAclId: id,
    }),
  );
}

async function addRow(ec2: EC2Client, aclId: string, egress: boolean, row: AclRow): Promise<void> {
  const { number, allow, protocol, cidr, ports } = row;
  await ec2.send(
    new CreateNetworkAclEntryCommand({
      NetworkAclId: aclId,
      RuleNumber: number,
      Egress: egress,
      RuleAction: allow ? 'allow' : 'deny',
      Protocol: NUMBERS[protocol] ?? protocol,
      ...(cidr.includes(':') ? { Ipv6CidrBlock: cidr } : { CidrBlock: cidr }),
      ...(ports !== null && { PortRange: { From: ports[0], To: ports[1] } }),
    }),
  );
}

async function addRoutes(ec2: EC2Client, gateways: Gateways, tableId: string, routes: Routes): Promise<void> {
  for (const [destination, target] of Object.entries(routes)) {
    await ec2.send(
      new CreateRouteCommand({
        RouteTableId: tableId,
        ...(destination.includes(':')
          ? { DestinationIpv6CidrBlock: destination }
          : { DestinationCidrBlock: destination }),
        ...(await gateways.route(target)),
      }),
    );
  }
}

type Via = Pick<
  CreateRouteCommandInput,
  'GatewayId' | 'NatGatewayId' | 'TransitGatewayId' | 'EgressOnlyInternetGatewayId'
>;

/** Gateways of one VPC, made when a route first needs one. */
class Gateways {
  readonly #ec2: EC2Client;
  readonly #vpcId: string;
  readonly #subnetId: string;
  readonly #made = new Map<RouteTarget, Via>();

  constructor(ec2: EC2Client, vpcId: string, subnetId: string) {
    this.#ec2 = ec2;
    this.#vpcId = vpcId;
    this.#subnetId = subnetId;
  }

  async route(target: RouteTarget): Promise<Via> {
    const via = this.#made.get(target) ?? (await this.#make(target));
    this.#made.set(target, via);
    return via;
  }

  async #make(target: RouteTarget): Promise<Via> {
    switch (target) {
      case 'igw': {
        const { InternetGateway } = await this.#ec2.send(new CreateInternetGatewayCommand({}));
        const GatewayId = known(InternetGateway?.InternetGatewayId, 'an internet gateway');
        await this.#ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: GatewayId, VpcId: this.#vpcId }));
        return { GatewayId };
      }
      case 'nat': {
        const { NatGateway } = await this.#ec2.send(
          new CreateNatGatewayCommand({ SubnetId: this.#subnetId, ConnectivityType: 'private' }),
        );
        return { NatGatewayId: known(NatGateway?.NatGatewayId, 'a NAT gateway') };
      }
      case 'tgw': {
        const { TransitGateway } = await this.#ec2.send(new CreateTransitGatewayCommand({}));
        return { TransitGatewayId: known(TransitGateway?.TransitGatewayId, 'a transit gateway') };
      }
      case 'eigw': {
        const answer = await this.#ec2.send(new CreateEgressOnlyInternetGatewayCommand({ VpcId: this.#vpcId }));
        const id = answer.EgressOnlyInternetGateway?.EgressOnlyInternetGatewayId;
        return { EgressOnlyInternetGatewayId: known(id, 'an egress-only gateway') };
      }
      case 'gone':
        throw new Error('moto keeps routes to deleted gateways active');
    }
  }
}
