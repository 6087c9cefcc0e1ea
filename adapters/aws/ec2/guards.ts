import type {
  LoadBalancer,
  NetworkAcl,
  NetworkInterface,
  RouteTable,
  SecurityGroup,
  Subnet,
  Vpc,
} from '../../../core/cloud/network.ts';
import { toAddress } from '../../../core/net/address.ts';
import {
  describeAcls,
  describeGroups,
  describeInterfaces,
  describeRouteTables,
  describeRules,
  describeSubnets,
  describeVpcs,
} from './describe.ts';
import { interfaceDescription, readLoadBalancers } from './load-balancers.ts';
import { toAcl, toGroup, toInterface, toRouteTable, toSubnet, toVpc } from './network-translation.ts';
import type { Reading } from './reading.ts';

export interface Surroundings {
  readonly acls: readonly NetworkAcl[];
  readonly routeTables: readonly RouteTable[];
  readonly subnets: readonly Subnet[];
  readonly vpcs: readonly Vpc[];
}

/** What lets packets through to interfaces, or not. */
export interface Guards extends Surroundings {
  readonly groups: readonly SecurityGroup[];
}

/** The groups with these ids, or all, with their rules in both directions. One that is gone is absent. */
export async function readGroups(reading: Reading, ids: readonly string[] | null): Promise<SecurityGroup[]> {
  const [groups, rules] = await Promise.all([describeGroups(reading, 'group-id', ids), describeRules(reading, ids)]);
  const byGroup = Map.groupBy(rules, ({ groupId }) => groupId);
  return groups.map((group) =>
    toGroup(
      group,
      (byGroup.get(group.GroupId ?? '') ?? []).sort((a, b) => (a.id < b.id ? -1 : 1)),
    ),
  );
}

/** Of the interfaces' subnets and VPCs, or of everything. Route tables are those of the whole VPC: the main one names no subnet. */
export async function readSurroundings(
  reading: Reading,
  interfaces: readonly NetworkInterface[] | null,
): Promise<Surroundings> {
  const subnetIds = interfaces?.map(({ subnetId }) => subnetId) ?? null;
  const vpcIds = interfaces?.map(({ vpcId }) => vpcId) ?? null;
  const [acls, routeTables, subnets, vpcs] = await Promise.all([
    describeAcls(reading, 'association.subnet-id', subnetIds),
    describeRouteTables(reading, 'vpc-id', vpcIds),
    describeSubnets(reading, 'subnet-id', subnetIds),
    describeVpcs(reading, 'vpc-id', vpcIds),
  ]);
  return {
    acls: acls.map(toAcl),
    routeTables: routeTables.map(toRouteTable),
    subnets: subnets.map(toSubnet),
    vpcs: vpcs.map(toVpc),
  };
}

export async function readGuards(reading: Reading, interfaces: readonly NetworkInterface[]): Promise<Guards> {
  const [groups, surroundings] = await Promise.all([
    readGroups(reading, groupIdsOf(interfaces)),
    readSurroundings(reading, interfaces),
  ]);
  return { groups, ...surroundings };
}

export function groupIdsOf(interfaces: readonly NetworkInterface[]): string[] {
  return interfaces.flatMap(({ groupIds }) => groupIds);
}

export interface Fronts {
  readonly balancers: readonly LoadBalancer[];
  /** Interfaces of the load balancers and of their targets. */
  readonly interfaces: readonly NetworkInterface[];
  /** What guards these interfaces. */
  readonly guards: Guards;
}

/** Load balancers that stand on or before `own`, with both of their sides. */
export async function readFronts(reading: Reading, own: readonly NetworkInterface[]): Promise<Fronts> {
  const balancers = await readLoadBalancers(reading, own);
  const targets = balancers.flatMap(({ listeners }) => listeners.flatMap((listener) => listener.targets));
  const addresses = targets.flatMap(({ id }) => toAddress(id) ?? []);
  const asked: [filter: string, values: string[]][] = [
    ['description', balancers.map(({ arn }) => interfaceDescription(arn))],
    ['attachment.instance-id', targets.map(({ id }) => id).filter((id) => id.startsWith('i-'))],
    ['addresses.private-ip-address', addresses.filter((address) => !address.includes(':'))],
    ['ipv6-addresses.ipv6-address', addresses.filter((address) => address.includes(':'))],
  ];
  const found = await Promise.all(asked.map(([filter, values]) => describeInterfaces(reading, filter, values)));
  const known = new Set(own.map(({ id }) => id));
  const interfaces = unique(found.flat().map(toInterface)).filter(({ id }) => !known.has(id));
  return { balancers, interfaces, guards: await readGuards(reading, interfaces) };
}

export function unique<T extends { readonly id: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}
