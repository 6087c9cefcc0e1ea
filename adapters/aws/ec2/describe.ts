import {
  type Address,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  type Instance,
  type NetworkAcl,
  type NetworkInterface,
  type RouteTable,
  type SecurityGroup,
  type Subnet,
  type Vpc,
} from '@aws-sdk/client-ec2';
import type { SecurityGroupRule } from '../../../core/cloud/network.ts';
import { everyMatch, MAX_PAGE_SIZE } from './pages.ts';
import type { Reading } from './reading.ts';
import { toRule } from './rule-translation.ts';

/*
 * One function a Describe call: every page of what has one of `values` in `filter`; with null, of everything. Always by filter and never
 * by id: ids that are gone would be an error, and EC2 takes no page size together with ids.
 */

type Values = readonly string[] | null;

/** DescribeRouteTables takes at most this many (API reference). */
const MAX_ROUTE_TABLES = 100;

export function describeInterfaces(reading: Reading, filter: string, values: Values): Promise<NetworkInterface[]> {
  const { ec2 } = reading.clients;
  const MaxResults = reading.pageSize(MAX_PAGE_SIZE);
  return reading.must({ action: 'ec2:DescribeNetworkInterfaces', resource: 'network interfaces' }, () =>
    everyMatch(filter, values, async (input) => {
      const page = await ec2.send(new DescribeNetworkInterfacesCommand({ ...input, MaxResults }));
      return [page.NetworkInterfaces, page.NextToken];
    }),
  );
}

export function describeGroups(reading: Reading, filter: string, values: Values): Promise<SecurityGroup[]> {
  const { ec2 } = reading.clients;
  const MaxResults = reading.pageSize(MAX_PAGE_SIZE);
  return reading.must({ action: 'ec2:DescribeSecurityGroups', resource: 'security groups' }, () =>
    everyMatch(filter, values, async (input) => {
      const page = await ec2.send(new DescribeSecurityGroupsCommand({ ...input, MaxResults }));
      return [page.SecurityGroups, page.NextToken];
    }),
  );
}

/** Rules one by one, both directions, of the groups or of all. */
export async function describeRules(reading: Reading, groupIds: Values): Promise<SecurityGroupRule[]> {
  const { ec2 } = reading.clients;
  const MaxResults = reading.pageSize(MAX_PAGE_SIZE);
  const rules = await reading.must({ action: 'ec2:DescribeSecurityGroupRules', resource: 'security group rules' }, () =>
    everyMatch('group-id', groupIds, async (input) => {
      const page = await ec2.send(new DescribeSecurityGroupRulesCommand({ ...input, MaxResults }));
      return [page.SecurityGroupRules, page.NextToken];
    }),
  );
  return rules.map(toRule);
}

export function describeAcls(reading: Reading, filter: string, values: Values): Promise<NetworkAcl[]> {
  const { ec2 } = reading.clients;
  const MaxResults = reading.pageSize(MAX_PAGE_SIZE);
  return reading.may({ action: 'ec2:DescribeNetworkAcls', resource: 'network access lists' }, () =>
    everyMatch(filter, values, async (input) => {
      const page = await ec2.send(new DescribeNetworkAclsCommand({ ...input, MaxResults }));
      return [page.NetworkAcls, page.NextToken];
    }),
  );
}

export function describeRouteTables(reading: Reading, filter: string, values: Values): Promise<RouteTable[]> {
  const { ec2 } = reading.clients;
  const MaxResults = reading.pageSize(MAX_ROUTE_TABLES);
  return reading.may({ action: 'ec2:DescribeRouteTables', resource: 'route tables' }, () =>
    everyMatch(filter, values, async (input) => {
      const page = await ec2.send(new DescribeRouteTablesCommand({ ...input, MaxResults }));
      return [page.RouteTables, page.NextToken];
    }),
  );
}

export function describeSubnets(reading: Reading, filter: string, values: Values): Promise<Subnet[]> {
  const { ec2 } = reading.clients;
  const MaxResults = reading.pageSize(MAX_PAGE_SIZE);
  return reading.may({ action: 'ec2:DescribeSubnets', resource: 'subnets' }, () =>
    everyMatch(filter, values, async (input) => {
      const page = await ec2.send(new DescribeSubnetsCommand({ ...input, MaxResults }));
      return [page.Subnets, page.NextToken];
    }),
  );
}

export function describeVpcs(reading: Reading, filter: string, values: Values): Promise<Vpc[]> {
  const { ec2 } = reading.clients;
  const MaxResults = reading.pageSize(MAX_PAGE_SIZE);
  return reading.may({ action: 'ec2:DescribeVpcs', resource: 'VPCs' }, () =>
    everyMatch(filter, values, async (input) => {
      const page = await ec2.send(new DescribeVpcsCommand({ ...input, MaxResults }));
      return [page.Vpcs, page.NextToken];
    }),
  );
}

export function describeInstances(reading: Reading, filter: string, values: Values): Promise<Instance[]> {
  const { ec2 } = reading.clients;
  const MaxResults = reading.pageSize(MAX_PAGE_SIZE);
  return reading.may({ action: 'ec2:DescribeInstances', resource: 'instances' }, () =>
    everyMatch(filter, values, async (input) => {
      const page = await ec2.send(new DescribeInstancesCommand({ ...input, MaxResults }));
      return [page.Reservations?.flatMap(({ Instances }) => Instances ?? []), page.NextToken];
    }),
  );
}

/** Elastic IPs. This call has no pages. */
export function describeAddresses(reading: Reading, filter: string, values: Values): Promise<Address[]> {
  const { ec2 } = reading.clients;
  return reading.may({ action: 'ec2:DescribeAddresses', resource: 'elastic IP addresses' }, () =>
    everyMatch(filter, values, async ({ Filters }) => {
      const { Addresses } = await ec2.send(new DescribeAddressesCommand({ Filters }));
      return [Addresses, undefined];
    }),
  );
}
