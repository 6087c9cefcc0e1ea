import type {
  Address as Ec2Address,
  Instance as Ec2Instance,
  NetworkAcl as Ec2Acl,
  NetworkAclEntry as Ec2AclEntry,
  NetworkInterface as Ec2Interface,
  Route as Ec2Route,
  RouteTable as Ec2RouteTable,
  SecurityGroup as Ec2Group,
  Subnet as Ec2Subnet,
  Vpc as Ec2Vpc,
} from '@aws-sdk/client-ec2';
import type {
  AclEntry,
  ElasticAddress,
  Instance,
  NetworkAcl,
  NetworkInterface,
  Route,
  RouteTable,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  Vpc,
} from '../../../core/cloud/network.ts';
import { toAddress } from '../../../core/net/address.ts';
import { protocolName, required, tagsOf } from './rule-translation.ts';

/* EC2's answers as plain data of core/cloud/network.ts. Each throws when EC2 left out what every answer has. */

export function toInterface(eni: Ec2Interface): NetworkInterface {
  const id = required(eni.NetworkInterfaceId, 'the id of a network interface');
  const status = eni.Status;
  return {
    id,
    vpcId: required(eni.VpcId, `the VPC of ${id}`),
    subnetId: required(eni.SubnetId, `the subnet of ${id}`),
    groupIds: (eni.Groups ?? []).map(({ GroupId }) => required(GroupId, `a group of ${id}`)).sort(),
    ipv4: privateAddresses(eni, id),
    ipv6: (eni.Ipv6Addresses ?? []).map(({ Ipv6Address }) => canonical(Ipv6Address, id)),
    status: status === 'in-use' || status === 'available' ? status : 'other',
    instanceId: eni.Attachment?.InstanceId ?? null,
    // The API reference writes `natGateway`, EC2 itself `nat_gateway`.
    kind: eni.InterfaceType === 'natGateway' ? 'nat_gateway' : (eni.InterfaceType ?? 'interface'),
    requesterManaged: eni.RequesterManaged ?? false,
    description: eni.Description ?? '',
    tags: tagsOf(eni.TagSet),
  };
}

function privateAddresses(eni: Ec2Interface, id: string): NetworkInterface['ipv4'] {
  return (eni.PrivateIpAddresses ?? []).map((one) => {
    const primary = one.Primary ?? one.PrivateIpAddress === eni.PrivateIpAddress;
    // The interface's own association is that of its primary address.
    const association = one.Association ?? (primary ? eni.Association : undefined);
    const outside = association?.PublicIp;
    return {
      private: canonical(one.PrivateIpAddress, id),
      public: outside === undefined ? null : canonical(outside, id),
      primary,
    };
  });
}

function canonical(text: string | undefined, id: string): string {
  const address = toAddress(required(text, `an address of ${id}`));
  if (address === undefined) throw new Error(`EC2 answered with ${text} for an address of ${id}`);
  return address;
}

export function toGroup(group: Ec2Group, rules: readonly SecurityGroupRule[]): SecurityGroup {
  const id = required(group.GroupId, 'the id of a security group');
  return {
    id,
    name: group.GroupName ?? '',
    vpcId: required(group.VpcId, `the VPC of ${id}`),
    ownerId: required(group.OwnerId, `the owner of ${id}`),
    tags: tagsOf(group.Tags),
    rules,
  };
}

export function toAcl(acl: Ec2Acl): NetworkAcl {
  const id = required(acl.NetworkAclId, 'the id of a network access list');
  return {
    id,
    vpcId: required(acl.VpcId, `the VPC of ${id}`),
    isDefault: acl.IsDefault ?? false,
    subnetIds: (acl.Associations ?? []).map(({ SubnetId }) => required(SubnetId, `a subnet of ${id}`)).sort(),
    entries: (acl.Entries ?? []).map((entry) => toAclEntry(entry, id)).sort(byDirectionAndNumber),
  };
}

const byDirectionAndNumber = (a: AclEntry, b: AclEntry) =>
  Number(a.egress) - Number(b.egress) || a.number - b.number || (a.cidr < b.cidr ? -1 : 1);

function toAclEntry(entry: Ec2AclEntry, id: string): AclEntry {
  const number = required(entry.RuleNumber, `the number of a row of ${id}`);
  const row = `row ${number} of ${id}`;
  const { From, To } = entry.PortRange ?? {};
  return {
    number,
    egress: required(entry.Egress, `the direction of ${row}`),
    allow: required(entry.RuleAction, `the action of ${row}`) === 'allow',
    protocol: protocolName(required(entry.Protocol, `the protocol of ${row}`)),
    cidr: required(entry.CidrBlock ?? entry.Ipv6CidrBlock, `the network of ${row}`),
    ports: From === undefined || To === undefined ? null : { from: From, to: To },
  };
}

export function toRouteTable(table: Ec2RouteTable): RouteTable {
  const id = required(table.RouteTableId, 'the id of a route table');
  const associations = (table.Associations ?? []).filter(
    ({ AssociationState }) => AssociationState?.State !== 'disassociated',
  );
  return {
    id,
    vpcId: required(table.VpcId, `the VPC of ${id}`),
    isMain: associations.some(({ Main }) => Main === true),
    // An association without a subnet is with the VPC or with a gateway.
    subnetIds: associations.flatMap(({ SubnetId }) => SubnetId ?? []).sort(),
    routes: (table.Routes ?? []).map((route) => toRoute(route, id)),
  };
}

function toRoute(route: Ec2Route, id: string): Route {
  const destination = route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId;
  return {
    destination: required(destination, `a destination of ${id}`),
    target:
      route.GatewayId ??
      route.NatGatewayId ??
      route.EgressOnlyInternetGatewayId ??
      route.NetworkInterfaceId ??
      route.InstanceId ??
      route.TransitGatewayId ??
      route.VpcPeeringConnectionId ??
      route.LocalGatewayId ??
      route.CarrierGatewayId ??
      route.CoreNetworkArn ??
      route.OdbNetworkArn ??
      null,
    active: route.State === 'active',
  };
}

export function toSubnet(subnet: Ec2Subnet): Subnet {
  const id = required(subnet.SubnetId, 'the id of a subnet');
  return {
    id,
    vpcId: required(subnet.VpcId, `the VPC of ${id}`),
    cidrs: [
      required(subnet.CidrBlock ?? subnet.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock, `the network of ${id}`),
      ...associatedIpv6(subnet.Ipv6CidrBlockAssociationSet),
    ].filter((cidr, at, all) => all.indexOf(cidr) === at),
    availabilityZone: subnet.AvailabilityZone ?? '',
    tags: tagsOf(subnet.Tags),
  };
}

export function toVpc(vpc: Ec2Vpc): Vpc {
  const id = required(vpc.VpcId, 'the id of a VPC');
  const further = (vpc.CidrBlockAssociationSet ?? [])
    .filter(({ CidrBlockState }) => isAssociated(CidrBlockState))
    .flatMap(({ CidrBlock }) => CidrBlock ?? []);
  const first = required(vpc.CidrBlock, `the network of ${id}`);
  return {
    id,
    cidrs: [...new Set([first, ...further, ...associatedIpv6(vpc.Ipv6CidrBlockAssociationSet)])],
    isDefault: vpc.IsDefault ?? false,
    tags: tagsOf(vpc.Tags),
  };
}

interface Ipv6Association {
  readonly Ipv6CidrBlock?: string | undefined;
  readonly Ipv6CidrBlockState?: { readonly State?: string | undefined } | undefined;
}

function associatedIpv6(associations: readonly Ipv6Association[] | undefined): string[] {
  return (associations ?? [])
    .filter(({ Ipv6CidrBlockState }) => isAssociated(Ipv6CidrBlockState))
    .flatMap(({ Ipv6CidrBlock }) => Ipv6CidrBlock || []);
}

const NOT_ASSOCIATED = new Set(['disassociated', 'failing', 'failed']);

const isAssociated = (state: { readonly State?: string | undefined } | undefined) =>
  !NOT_ASSOCIATED.has(state?.State ?? '');

export function toInstance(instance: Ec2Instance): Instance {
  const id = required(instance.InstanceId, 'the id of an instance');
  return { id, state: required(instance.State?.Name, `the state of ${id}`), tags: tagsOf(instance.Tags) };
}

export function toElasticAddress(address: Ec2Address): ElasticAddress {
  const allocationId = required(address.AllocationId, `the allocation of ${address.PublicIp}`);
  return {
    allocationId,
    address: canonical(address.PublicIp, allocationId),
    interfaceId: address.NetworkInterfaceId || null,
    tags: tagsOf(address.Tags),
  };
}
