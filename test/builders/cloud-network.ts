import type {
  AclEntry,
  CloudNetwork,
  ElasticAddress,
  Instance,
  Listener,
  ListenerTarget,
  LoadBalancer,
  NetworkAcl,
  NetworkInterface,
  PrefixList,
  Route,
  RouteTable,
  RuleSource,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  Vpc,
} from '../../core/cloud/network.ts';

/**
 * One machine that the whole internet reaches at 192.0.2.10, tcp 22: interface eni-1 (10.0.1.10) of running instance i-1 with group sg-1 (rule sgr-1),
 * in subnet-1 of vpc-1 with the default access list acl-1 and the main route table rtb-1 to igw-1. No load balancer; nothing blocked, nothing unread.
 * Sources of rules must be real public addresses: 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24 do not count as internet.
 */
export function aCloudNetwork(over: Partial<CloudNetwork> = {}): CloudNetwork {
  return {
    account: '111122223333',
    region: 'eu-west-1',
    readAt: '2026-03-01T09:00:00.000Z',
    interfaces: [anInterface()],
    groups: [aGroup()],
    prefixLists: [],
    acls: [anAcl()],
    routeTables: [aRouteTable()],
    subnets: [aSubnet()],
    vpcs: [aVpc()],
    instances: [anInstance()],
    loadBalancers: [],
    elasticAddresses: [],
    publicAccessBlock: { mode: 'off', exclusions: [] },
    unread: [],
    ...over,
  };
}

/** eni-1: 10.0.1.10, outside 192.0.2.10, no IPv6. */
export function anInterface(over: Partial<NetworkInterface> = {}): NetworkInterface {
  return {
    id: 'eni-1',
    vpcId: 'vpc-1',
    subnetId: 'subnet-1',
    groupIds: ['sg-1'],
    ipv4: [{ private: '10.0.1.10', public: '192.0.2.10', primary: true }],
    ipv6: [],
    status: 'in-use',
    instanceId: 'i-1',
    kind: 'interface',
    requesterManaged: false,
    description: '',
    tags: {},
    ...over,
  };
}

/** sg-1 with the one rule of `aRule` and EC2's own egress rule. */
export function aGroup(over: Partial<SecurityGroup> = {}): SecurityGroup {
  const id = over.id ?? 'sg-1';
  return {
    id,
    name: id,
    vpcId: 'vpc-1',
    ownerId: '111122223333',
    tags: {},
    rules: [aRule({ groupId: id }), anEgressRule({ groupId: id })],
    ...over,
  };
}

/** sgr-1 of sg-1: tcp 22 from 0.0.0.0/0. */
export function aRule(over: Partial<SecurityGroupRule> = {}): SecurityGroupRule {
  return {
    id: 'sgr-1',
    groupId: 'sg-1',
    egress: false,
    protocol: 'tcp',
    fromPort: 22,
    toPort: 22,
    source: from('0.0.0.0/0'),
    description: null,
    tags: {},
    ...over,
  };
}

/** Everything to everywhere, as EC2 adds it to a new group. */
export function anEgressRule(over: Partial<SecurityGroupRule> = {}): SecurityGroupRule {
  return aRule({ id: 'sgr-egress', egress: true, protocol: '-1', fromPort: null, toPort: null, ...over });
}

/** A rule's source by how it looks: `10.0.0.0/8`, `::/0`, `pl-1`, `sg-2`. */
export function from(text: string): RuleSource {
  if (text.startsWith('pl-')) return { kind: 'prefix-list', id: text };
  if (text.startsWith('sg-')) return { kind: 'group', id: text, account: null };
  return { kind: text.includes(':') ? 'ipv6' : 'ipv4', cidr: text };
}

/** pl-1, IPv4, kept by the account itself. */
export function aPrefixList(cidrs: readonly string[], over: Partial<PrefixList> = {}): PrefixList {
  return {
    id: 'pl-1',
    name: 'offices',
    family: 'v4',
    ownerId: '111122223333',
    maxEntries: Math.max(10, cidrs.length),
    entries: cidrs.map((cidr) => ({ cidr, description: null })),
    ...over,
  };
}

/** acl-1 of subnet-1, as EC2 makes it: row 100 allows everything both ways. */
export function anAcl(over: Partial<NetworkAcl> = {}): NetworkAcl {
  const allowed = [false, true].flatMap((egress) => [
    anAclEntry({ egress }),
    anAclEntry({ egress, number: 101, cidr: '::/0' }),
  ]);
  const denied = [false, true].flatMap((egress) => [
    anAclEntry({ egress, allow: false, number: 32_767 }),
    anAclEntry({ egress, allow: false, number: 32_768, cidr: '::/0' }),
  ]);
  return {
    id: 'acl-1',
    vpcId: 'vpc-1',
    isDefault: true,
    subnetIds: ['subnet-1'],
    entries: [...allowed, ...denied],
    ...over,
  };
}

/** Inbound row 100: allow everything from 0.0.0.0/0. */
export function anAclEntry(over: Partial<AclEntry> = {}): AclEntry {
  return { number: 100, egress: false, allow: true, protocol: '-1', cidr: '0.0.0.0/0', ports: null, ...over };
}

/** rtb-1, the main one of vpc-1: local, and everything else to igw-1. */
export function aRouteTable(over: Partial<RouteTable> = {}): RouteTable {
  return {
    id: 'rtb-1',
    vpcId: 'vpc-1',
    isMain: true,
    subnetIds: [],
    routes: [aRoute('10.0.0.0/16', 'local'), aRoute('0.0.0.0/0', 'igw-1'), aRoute('::/0', 'igw-1')],
    ...over,
  };
}

export function aRoute(destination: string, target: string | null, over: Partial<Route> = {}): Route {
  return { destination, target, active: target !== null, ...over };
}

export function aSubnet(over: Partial<Subnet> = {}): Subnet {
  return {
    id: 'subnet-1',
    vpcId: 'vpc-1',
    cidrs: ['10.0.1.0/24'],
    availabilityZone: 'eu-west-1a',
    tags: {},
    ...over,
  };
}

export function aVpc(over: Partial<Vpc> = {}): Vpc {
  return { id: 'vpc-1', cidrs: ['10.0.0.0/16'], isDefault: false, tags: {}, ...over };
}

export function anInstance(over: Partial<Instance> = {}): Instance {
  return { id: 'i-1', state: 'running', tags: {}, ...over };
}

/** Internet-facing application load balancer `web` with group sg-lb on eni-lb; HTTPS 443 to i-1, port 8443. */
export function aLoadBalancer(over: Partial<LoadBalancer> = {}): LoadBalancer {
  return {
    arn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/1',
    name: 'web',
    kind: 'application',
    internetFacing: true,
    vpcId: 'vpc-1',
    subnetIds: ['subnet-1'],
    groupIds: ['sg-lb'],
    dnsName: 'web-1.eu-west-1.elb.amazonaws.com',
    interfaceIds: ['eni-lb'],
    listeners: [aListener()],
    tags: {},
    ...over,
  };
}

export function aListener(over: Partial<Listener> = {}): Listener {
  return {
    arn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/web/1/1',
    protocol: 'HTTPS',
    port: 443,
    targets: [aTarget()],
    ...over,
  };
}

export function aTarget(over: Partial<ListenerTarget> = {}): ListenerTarget {
  return {
    targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1',
    id: 'i-1',
    port: 8443,
    preservesClientIp: false,
    ...over,
  };
}

/** eni-lb of `aLoadBalancer`: 10.0.1.20, outside 192.0.2.20, group sg-lb. */
export function aLoadBalancerInterface(over: Partial<NetworkInterface> = {}): NetworkInterface {
  return anInterface({
    id: 'eni-lb',
    groupIds: ['sg-lb'],
    ipv4: [{ private: '10.0.1.20', public: '192.0.2.20', primary: true }],
    instanceId: null,
    requesterManaged: true,
    description: 'ELB app/web/1',
    ...over,
  });
}

/** eipalloc-1: 192.0.2.90, associated with nothing. */
export function anElasticAddress(over: Partial<ElasticAddress> = {}): ElasticAddress {
  return { allocationId: 'eipalloc-1', address: '192.0.2.90', interfaceId: null, tags: {}, ...over };
}
