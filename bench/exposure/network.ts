import type { CloudNetwork, NetworkInterface, SecurityGroup, SecurityGroupRule } from '../../core/cloud/network.ts';
import { seededRandom } from '../support/random.ts';

export interface NetworkShape {
  readonly interfaces: number;
  readonly groups: number;
  readonly seed: number;
}

export interface Fleet {
  readonly network: CloudNetwork;
  /** Public address of each interface. */
  readonly addresses: readonly string[];
  /** Ingress rules on the interface of each address. */
  readonly rules: readonly number[];
}

const SUBNETS = 50;
const PORTS = [22, 25, 80, 443, 3306, 3389, 5432, 6379, 8080, 8443, 9200, 27_017] as const;

/**
 * An account as large ones are: 1 to 5 groups on an interface with 1 to 60 rules each (EC2's default quotas), a tenth of the rules by prefix list,
 * a tenth by group, the rest by networks of every size; access lists with 4 to 20 rows each way; one subnet in ten with routes to elsewhere.
 */
export function makeFleet({ interfaces, groups, seed }: NetworkShape): Fleet {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const cidr = (): string => networkOf(below(2 ** 32), pick([0, 1, 8, 12, 16, 20, 24, 28, 32]));
  const ruleOf = (groupId: string, index: number): SecurityGroupRule => {
    const kind = random();
    const first = pick(PORTS);
    const every = random() < 0.05;
    return {
      id: `sgr-${groupId}-${index}`,
      groupId,
      egress: false,
      protocol: every ? '-1' : pick(['tcp', 'tcp', 'tcp', 'udp']),
      fromPort: every ? null : first,
      toPort: every ? null : first + pick([0, 0, 0, 10, 1_000]),
      source:
        kind < 0.1
          ? { kind: 'prefix-list', id: `pl-${below(20)}` }
          : kind < 0.2
            ? { kind: 'group', id: `sg-${below(groups)}`, account: null }
            : { kind: 'ipv4', cidr: cidr() },
      description: null,
      tags: {},
    };
  };
  const aclEntries = [false, true].flatMap((egress) => [
    ...Array.from({ length: 3 + below(17) }, (_, i) => ({
      number: 10 * (i + 1),
      egress,
      allow: random() < 0.5,
      protocol: pick(['6', '17', '-1']),
      cidr: networkOf(below(2 ** 32), pick([8, 16, 24])),
      ports: null,
    })),
    { number: 1_000, egress, allow: true, protocol: '-1', cidr: '0.0.0.0/0', ports: null },
  ]);
  const made = Array.from({ length: groups }, (_, i): SecurityGroup => {
    const id = `sg-${i}`;
    return {
      id,
      name: id,
      vpcId: 'vpc-1',
      ownerId: '111122223333',
      tags: {},
      rules: Array.from({ length: 1 + below(60) }, (_rule, index) => ruleOf(id, index)),
    };
  });
  const fleet = Array.from({ length: interfaces }, (_, i): NetworkInterface => ({
    id: `eni-${i}`,
    vpcId: 'vpc-1',
    subnetId: `subnet-${i % SUBNETS}`,
    groupIds: [...new Set(Array.from({ length: 1 + below(5) }, () => `sg-${below(groups)}`))],
    ipv4: [{ private: networkOf(0x0a_00_00_00 + i, 32).slice(0, -3), public: publicAddress(i), primary: true }],
    ipv6: [],
    status: 'in-use',
    instanceId: `i-${i}`,
    kind: 'interface',
    requesterManaged: false,
    description: '',
    tags: {},
  }));
  const subnetIds = Array.from({ length: SUBNETS }, (_, i) => `subnet-${i}`);
  const route = (destination: string, target: string) => ({ destination, target, active: true });
  const network: CloudNetwork = {
    account: '111122223333',
    region: 'eu-west-1',
    readAt: '2026-03-01T09:00:00.000Z',
    interfaces: fleet,
    groups: made,
    prefixLists: Array.from({ length: 20 }, (_, i) => ({
      id: `pl-${i}`,
      name: `list ${i}`,
      family: 'v4' as const,
      ownerId: i < 4 ? 'AWS' : '111122223333',
      maxEntries: 50,
      entries: Array.from({ length: 1 + below(50) }, () => ({ cidr: cidr(), description: null })),
    })),
    acls: subnetIds.map((id) => ({
      id: `acl-${id}`,
      vpcId: 'vpc-1',
      isDefault: false,
      subnetIds: [id],
      entries: aclEntries,
    })),
    routeTables: [true, false].map((isMain) => ({
      id: isMain ? 'rtb-main' : 'rtb-inspected',
      vpcId: 'vpc-1',
      isMain,
      subnetIds: isMain ? [] : subnetIds.filter((_, i) => i % 10 === 9),
      routes: [
        route('10.0.0.0/8', 'local'),
        route('0.0.0.0/0', 'igw-1'),
        ...(isMain ? [] : [route('64.0.0.0/2', 'vpce-1'), route('pl-4', 'tgw-1')]),
      ],
    })),
    subnets: subnetIds.map((id, i) => ({
      id,
      vpcId: 'vpc-1',
      cidrs: [`10.0.${i}.0/24`],
      availabilityZone: 'a',
      tags: {},
    })),
    vpcs: [{ id: 'vpc-1', cidrs: ['10.0.0.0/8'], isDefault: false, tags: {} }],
    instances: fleet.map((_, i) => ({ id: `i-${i}`, state: i % 50 === 49 ? 'stopped' : 'running', tags: {} })),
    loadBalancers: [],
    elasticAddresses: [],
    publicAccessBlock: { mode: 'off', exclusions: [] },
    unread: [],
  };
  const rules = new Map(made.map((group) => [group.id, group.rules.length]));
  return {
    network,
    addresses: fleet.map((_, i) => publicAddress(i)),
    rules: fleet.map(({ groupIds }) => groupIds.reduce((sum, id) => sum + (rules.get(id) ?? 0), 0)),
  };
}

export function questionPort(random: () => number): number {
  return random() < 0.7 ? (PORTS[Math.floor(random() * PORTS.length)] as number) : 1 + Math.floor(random() * 65_535);
}

const publicAddress = (index: number): string => networkOf(0x36_00_00_00 + index, 32).slice(0, -3);

/** The network of a number: `3.0.0.0/8`. */
function networkOf(value: number, prefix: number): string {
  const masked = prefix === 0 ? 0 : (value >>> (32 - prefix)) * 2 ** (32 - prefix);
  return `${[24, 16, 8, 0].map((bits) => Math.floor(masked / 2 ** bits) % 256).join('.')}/${prefix}`;
}
