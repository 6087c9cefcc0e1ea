import type {
  AclEntry,
  CloudNetwork,
  LoadBalancer,
  NetworkAcl,
  NetworkInterface,
  Route,
  RouteTable,
  SecurityGroup,
  SecurityGroupRule,
} from '../../../core/cloud/network.ts';
import { ANY, ANY6, aclWith } from './build.ts';
import type { Ask } from './case.ts';
import type { Acl, Balancer, Interface, Routes, Rule, RouteTarget, Source, World } from './world.ts';

/** The world as CloudReader would answer, without a cloud. Ids are the names with EC2's prefixes. */
export function toNetwork(world: World): CloudNetwork {
  const interfaces = Object.entries(world.machines).flatMap(([name, { interfaces: each }], index) =>
    each.map((one, device) => interfaceOf(name, one, index, device)),
  );
  const groups = Object.entries({ default: [rule('group:default')], ...world.groups });
  return {
    account: '123456789012',
    region: 'us-east-1',
    readAt: '2026-03-01T09:00:00.000Z',
    interfaces: [...interfaces, ...(world.balancer === null ? [] : [balancerInterface(world.balancer)])],
    groups: groups.map(([name, rules]) => groupOf(name, rules)),
    prefixLists: Object.entries(world.lists).map(([name, { family, entries }]) => ({
      id: `pl-${name}`,
      name,
      family,
      ownerId: entries === null ? 'AWS' : '123456789012',
      maxEntries: entries === null ? 55 : Math.max(1, entries.length),
      entries: (entries ?? CLOUDFRONT).map((cidr) => ({ cidr, description: null })),
    })),
    acls: aclsOf(world),
    routeTables: tablesOf(world),
    subnets: Object.keys(world.subnets).map((name, i) => ({
      id: `subnet-${name}`,
      vpcId: 'vpc-1',
      cidrs: [`10.0.${i}.0/24`, `2600:1f18:1:${i + 1}::/64`],
      availabilityZone: 'us-east-1a',
      tags: {},
    })),
    vpcs: [{ id: 'vpc-1', cidrs: ['10.0.0.0/16', '2600:1f18:1::/56'], isDefault: false, tags: {} }],
    instances: Object.entries(world.machines).map(([name, { state }]) => ({ id: `i-${name}`, state, tags: {} })),
    loadBalancers: world.balancer === null ? [] : [balancerOf(world.balancer)],
    elasticAddresses: interfaces.flatMap(({ id, ipv4 }) =>
      ipv4.flatMap((each) =>
        each.public === null
          ? []
          : [{ allocationId: `eipalloc-${id}`, address: each.public, interfaceId: id, tags: {} }],
      ),
    ),
    publicAccessBlock: { mode: 'off', exclusions: [] },
    unread: [],
  };
}

/** The address that the case asks about: the public one; where there is none, the private one. */
export function addressAsked(network: CloudNetwork, ask: Ask): string {
  const asked = network.interfaces.find(({ id }) => id === `eni-asked-${ask.interface}`);
  if (ask.family === 'v6') return asked?.ipv6[0] ?? '';
  return asked?.ipv4.find((each) => each.public !== null)?.public ?? asked?.ipv4[0]?.private ?? '';
}

const rule = (source: Source): Rule => ({ protocol: '-1', ports: null, source, goes: [] });

/** Some of CloudFront's ranges for origins, as AWS publishes them in ip-ranges.json. */
const CLOUDFRONT = ['13.124.199.0/24', '130.176.0.0/18', '15.158.0.0/16', '64.252.64.0/18'];

function interfaceOf(
  machine: string,
  { groups, subnet, v4, v6 }: Interface,
  index: number,
  device: number,
): NetworkInterface {
  const [host, second] = [10 + 20 * index + 2 * device, 11 + 20 * index + 2 * device];
  const outside = v4 === 'none' ? null : `54.200.0.${host}`;
  const primary = { private: `10.0.0.${host}`, public: v4 === 'secondary' ? null : outside, primary: true };
  const secondary = { private: `10.0.0.${second}`, public: outside, primary: false };
  return {
    id: `eni-${machine}-${device}`,
    vpcId: 'vpc-1',
    subnetId: `subnet-${subnet}`,
    groupIds: groups.map((name) => `sg-${name}`),
    ipv4: v4 === 'secondary' ? [primary, secondary] : [primary],
    ipv6: v6 ? [`2600:1f18:1:1::${host}`] : [],
    status: 'in-use',
    instanceId: `i-${machine}`,
    kind: 'interface',
    requesterManaged: false,
    description: '',
    tags: {},
  };
}

function groupOf(name: string, rules: readonly Rule[]): SecurityGroup {
  const id = `sg-${name}`;
  const ingress = rules.map((each, i): SecurityGroupRule => ({ ...ruleOf(each), id: `sgr-${name}-${i}`, groupId: id }));
  const egress = { ...ruleOf(rule(ANY)), id: `sgr-${name}-egress`, groupId: id, egress: true };
  return { id, name, vpcId: 'vpc-1', ownerId: '123456789012', tags: {}, rules: [...ingress, egress] };
}

function ruleOf({ protocol, ports, source }: Rule): Omit<SecurityGroupRule, 'id' | 'groupId'> {
  return {
    egress: false,
    protocol,
    fromPort: ports?.[0] ?? null,
    toPort: ports?.[1] ?? null,
    source: sourceOf(source),
    description: null,
    tags: {},
  };
}

function sourceOf(source: Source): SecurityGroupRule['source'] {
  if (source.startsWith('group:')) return { kind: 'group', id: `sg-${source.slice(6)}`, account: null };
  if (source.startsWith('list:')) return { kind: 'prefix-list', id: `pl-${source.slice(5)}` };
  return { kind: source.includes(':') ? 'ipv6' : 'ipv4', cidr: source };
}

/** The VPC's own list holds where a subnet has none. */
function aclsOf({ subnets }: World): NetworkAcl[] {
  const named = Object.entries(subnets);
  const own = named.flatMap(([name, { acl }]) => (acl === null ? [] : [aclOf(`acl-${name}`, acl, [`subnet-${name}`])]));
  const others = named.flatMap(([name, { acl }]) => (acl === null ? [`subnet-${name}`] : []));
  return [{ ...aclOf('acl-default', aclWith(), others), isDefault: true }, ...own];
}

function aclOf(id: string, { inbound, outbound }: Acl, subnetIds: string[]): NetworkAcl {
  // EC2 ends every list so.
  const last = (egress: boolean): AclEntry[] => [
    { number: 32_767, egress, allow: false, protocol: '-1', cidr: ANY, ports: null },
    { number: 32_768, egress, allow: false, protocol: '-1', cidr: ANY6, ports: null },
  ];
  const rows = (egress: boolean, each: Acl['inbound']): AclEntry[] =>
    each.map(({ ports, ...row }) => ({ ...row, egress, ports: ports && { from: ports[0], to: ports[1] } }));
  const entries = [...rows(false, inbound), ...last(false), ...rows(true, outbound), ...last(true)];
  return { id, vpcId: 'vpc-1', isDefault: false, subnetIds, entries };
}

function tablesOf({ subnets, mainRoutes }: World): RouteTable[] {
  const own = Object.entries(subnets).flatMap(([name, { routes }]) =>
    routes === null ? [] : [tableOf(`rtb-${name}`, routes, [`subnet-${name}`])],
  );
  return [{ ...tableOf('rtb-main', mainRoutes, []), isMain: true }, ...own];
}

const TARGET_IDS: Readonly<Record<RouteTarget, string | null>> = {
  igw: 'igw-1',
  nat: 'nat-1',
  eigw: 'eigw-1',
  tgw: 'tgw-1',
  gone: null,
};

function tableOf(id: string, routes: Routes, subnetIds: string[]): RouteTable {
  const local = ['10.0.0.0/16', '2600:1f18:1::/56'].map((destination) => ({
    destination,
    target: 'local',
    active: true,
  }));
  const others = Object.entries(routes).map(([destination, target]): Route => ({
    destination,
    target: TARGET_IDS[target],
    active: target !== 'gone',
  }));
  return { id, vpcId: 'vpc-1', isMain: false, subnetIds, routes: [...local, ...others] };
}

function balancerOf({ kind, internetFacing, groups, outsidePort, targetPort }: Balancer): LoadBalancer {
  const arn = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/front/1';
  return {
    arn,
    name: 'front',
    kind,
    internetFacing,
    vpcId: 'vpc-1',
    subnetIds: ['subnet-public'],
    groupIds: groups.map((name) => `sg-${name}`),
    dnsName: 'front-1.us-east-1.elb.amazonaws.com',
    interfaceIds: ['eni-front'],
    listeners: [
      {
        arn: `${arn}/443`,
        protocol: kind === 'application' ? 'HTTPS' : 'TCP',
        port: outsidePort,
        targets: [
          { targetGroupArn: `${arn}/targets`, id: 'i-asked', port: targetPort, preservesClientIp: kind === 'network' },
        ],
      },
    ],
    tags: {},
  };
}

function balancerInterface({ internetFacing, groups }: Balancer): NetworkInterface {
  return {
    ...interfaceOf('front', { groups, subnet: 'public', v4: internetFacing ? 'elastic' : 'none', v6: false }, 9, 0),
    id: 'eni-front',
    instanceId: null,
    requesterManaged: true,
    description: 'ELB app/front/1',
  };
}
