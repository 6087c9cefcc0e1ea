import * as fc from 'fast-check';
import type { AclEntry, CloudNetwork, Route, SecurityGroupRule } from '../../../core/cloud/network.ts';
import {
  aCloudNetwork,
  aGroup,
  aListener,
  aLoadBalancer,
  aPrefixList,
  aRoute,
  aRouteTable,
  aRule,
  aSubnet,
  aVpc,
  anAcl,
  anAclEntry,
  anInstance,
  anInterface,
  from,
} from '../../builders/cloud-network.ts';

/**
 * A universe so small that every (source, port, reply port) can be walked: sources come in eight blocks, and every network of a rule, row or
 * route is made of whole blocks, of one single address, or of the private places. One point stands for all the addresses of its place.
 */
export interface Universe {
  readonly family: 'v4' | 'v6';
  readonly asked: string;
  readonly networks: readonly string[];
  readonly points: readonly { readonly address: string; readonly isPublic: boolean }[];
  /** The one address that has a place of its own among the public ones. */
  readonly single: string;
}

const vpcCidrs = ['10.0.0.0/16', '2a05:d018:1:100::/56'];
const subnetCidrs = ['10.0.1.0/24', '2a05:d018:1:101::/64'];

const V4: Universe = {
  family: 'v4',
  asked: '192.0.2.10',
  networks: [
    ...blocks((index, bits) => `${index << (8 - bits)}.0.0.0/${bits}`),
    '10.0.0.0/8',
    '10.0.0.0/16',
    '10.0.1.0/24',
    '8.8.8.8/32',
  ],
  points: [
    ...[1, 33, 65, 97, 129, 161, 193].map((first) => ({ address: `${first}.1.1.1`, isPublic: true })),
    { address: '8.8.8.8', isPublic: true },
    ...['100.64.0.1', '172.16.0.1', '192.168.0.1', '224.0.0.1', '10.9.9.9', '10.0.2.9', '10.0.1.99'].map((address) => ({
      address,
      isPublic: false,
    })),
  ],
  single: '8.8.8.8',
};

const V6: Universe = {
  family: 'v6',
  asked: '2a05:d018:1:101::10',
  networks: [
    '::/0',
    ...blocks((index, bits) => `${(0x2000 | (index << (13 - bits))).toString(16)}::/${bits + 3}`),
    'fd00::/8',
    '2a05:d018:1:100::/56',
    '2a05:d018:1:101::/64',
    '2606:4700::1111/128',
  ],
  points: [
    ...['2003::1', '2400::1', '2800::2', '2c00::1', '3000::1', '3400::1', '3800::1', '3c00::1'].map((address) => ({
      address,
      isPublic: true,
    })),
    { address: '2606:4700::1111', isPublic: true },
    ...['::9', '2001:db8::1', '3fff::1', 'fd00::1', '2a05:d018:1:1aa::9', '2a05:d018:1:101::99'].map((address) => ({
      address,
      isPublic: false,
    })),
  ],
  single: '2606:4700::1111',
};

/** Networks of 0 to 3 bits: the whole, halves, quarters, eighths. */
function blocks(write: (index: number, bits: number) => string): string[] {
  return [0, 1, 2, 3].flatMap((bits) => Array.from({ length: 2 ** bits }, (_, index) => write(index, bits)));
}

/** Ports that rules and questions are made of, each with its neighbours in the questions. */
export const PORTS = [1, 21, 22, 23, 24, 80, 81, 65_535];
const range = fc.constantFrom<[number, number]>(
  [22, 22],
  [21, 23],
  [22, 80],
  [23, 23],
  [0, 65_535],
  [24, 65_535],
  [1, 21],
);
/** Bounds of reply ports as people write them. */
const replies = fc.constantFrom<[number, number]>(
  [1_024, 65_535],
  [32_768, 60_999],
  [1_024, 32_767],
  [0, 65_535],
  [61_000, 65_535],
);
const protocol = fc.constantFrom('tcp', 'udp', '6', '17', '-1', '-1', 'icmp', '47');

export const aUniverse = fc.constantFrom(V4, V6);

/** Any network around the asked address of a universe. */
export function networkOf(universe: Universe): fc.Arbitrary<CloudNetwork> {
  const cidr = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...universe.networks) },
    { weight: 1, arbitrary: fc.constantFrom(...V4.networks, ...V6.networks) },
  );
  const rule = fc.record({ protocol, range, cidr, other: other(), egress: rarely() }).map(ruleOf);
  const group = (id: string) =>
    fc
      .array(rule, { minLength: 1, maxLength: 5, size: 'max' })
      .map((rules) => aGroup({ id, rules: rules.map((each, i) => ({ ...each, id: `sgr-${id}-${i}`, groupId: id })) }));
  const listed = fc.array(cidr, { maxLength: 4 });
  const toEveryone = (egress: boolean) => anAcl().entries.filter((entry) => entry.egress === egress);
  const row = (egress: boolean) => fc.record({ protocol, ports: egress ? replies : range, cidr, allow: fc.boolean() });
  const rows = (egress: boolean) =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constant(toEveryone(egress)) },
      {
        weight: 3,
        arbitrary: fc
          .tuple(fc.array(row(egress), { maxLength: 6 }), fc.boolean())
          .map(([list, rest]) => [
            ...list.map((each, i) => rowOf(each, i, egress)).reverse(),
            ...(rest ? toEveryone(egress) : []),
          ]),
      },
      {
        weight: egress ? 2 : 0,
        arbitrary: replies.map(([first, last]) =>
          ['0.0.0.0/0', '::/0'].map((each, i) =>
            anAclEntry({ number: 10 + i, egress, protocol: '6', cidr: each, ports: { from: first, to: last } }),
          ),
        ),
      },
    );
  return fc
    .record({
      groups: fc.tuple(group('sg-1'), group('sg-2'), group('sg-3')),
      attached: fc.subarray(['sg-1', 'sg-2', 'sg-3'], { minLength: 1 }),
      missingGroup: rarely(),
      lists: fc.tuple(listed, listed, listed),
      inbound: rows(false),
      outbound: rows(true),
      acl: mostly(),
      routes: fc.uniqueArray(routeOf(cidr), { maxLength: 5, selector: ({ destination }) => destination }),
      toEveryone: mostly(),
      table: mostly(),
      state: fc.constantFrom(...Array<string>(12).fill('running'), 'stopped', 'pending'),
      instance: mostly(),
      block: fc.constantFrom(...Array<'off'>(8).fill('off'), 'block-ingress' as const),
      exclusion: fc.constantFrom('vpc-1', 'subnet-1', 'subnet-2'),
      blockRead: mostly(),
      listeners: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.subarray([22, 24]) }),
    })
    .map((made) => {
      const families = { 'pl-1': 'v4', 'pl-2': 'v4', 'pl-3': 'v6', 'pl-aws': universe.family } as const;
      const lists = [made.lists[0], made.lists[1], made.lists[2], made.lists[0]];
      return aCloudNetwork({
        interfaces: [
          anInterface({ ipv6: [V6.asked], groupIds: [...made.attached, ...(made.missingGroup ? ['sg-gone'] : [])] }),
        ],
        groups: [...made.groups],
        prefixLists: (['pl-1', 'pl-2', 'pl-3', 'pl-aws'] as const).map((id, i) =>
          aPrefixList(
            lists[i]!.filter((each) => each.includes(':') === (families[id] === 'v6')),
            { id, family: families[id], ownerId: id === 'pl-aws' ? 'AWS' : '111122223333' },
          ),
        ),
        acls: made.acl ? [anAcl({ entries: [...made.outbound, ...made.inbound] })] : [],
        routeTables: made.table
          ? [
              aRouteTable({
                routes: [
                  aRoute('10.0.0.0/16', 'local'),
                  aRoute('2a05:d018:1:100::/56', 'local'),
                  ...made.routes.filter(({ destination }) => !taken(destination, made.toEveryone)),
                  ...(made.toEveryone ? [aRoute('0.0.0.0/0', 'igw-1'), aRoute('::/0', 'igw-1')] : []),
                ],
              }),
            ]
          : [],
        subnets: [aSubnet({ cidrs: subnetCidrs })],
        vpcs: [aVpc({ cidrs: vpcCidrs })],
        instances: made.instance ? [anInstance({ state: made.state })] : [],
        loadBalancers:
          made.listeners === null
            ? []
            : [
                aLoadBalancer({
                  interfaceIds: ['eni-1'],
                  listeners: made.listeners.map((port) =>
                    aListener({ arn: `listener/${port}`, port, protocol: port === 22 ? 'TCP' : 'UDP', targets: [] }),
                  ),
                }),
              ],
        publicAccessBlock: made.blockRead
          ? { mode: made.block, exclusions: [{ resourceId: made.exclusion, mode: 'allow-bidirectional' }] }
          : null,
      });
    });
}

/** One in ten. */
const rarely = () => fc.integer({ min: 0, max: 9 }).map((n) => n === 9);
/** Nine in ten. */
const mostly = () => fc.integer({ min: 0, max: 9 }).map((n) => n < 9);

/** A source that is no network, now and then. */
function other(): fc.Arbitrary<string | null> {
  const ids = ['pl-1', 'pl-2', 'pl-3', 'pl-aws', 'sg-1', 'sg-9'];
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    { weight: 6, arbitrary: fc.constantFrom(...ids) },
    { weight: 1, arbitrary: fc.constant('pl-gone') },
  );
}

function ruleOf(made: {
  protocol: string;
  range: [number, number];
  cidr: string;
  other: string | null;
  egress: boolean;
}): SecurityGroupRule {
  const every = made.protocol === '-1';
  return aRule({
    protocol: made.protocol,
    fromPort: every ? null : made.range[0],
    toPort: every ? null : made.range[1],
    source: from(made.other ?? made.cidr),
    egress: made.egress && made.other === null,
  });
}

function rowOf(
  made: { protocol: string; ports: [number, number]; cidr: string; allow: boolean },
  index: number,
  egress: boolean,
): AclEntry {
  return anAclEntry({
    number: 10 * (index + 1),
    egress,
    allow: made.allow,
    protocol: made.protocol,
    cidr: made.cidr,
    ports: made.protocol === '-1' ? null : { from: made.ports[0], to: made.ports[1] },
  });
}

function routeOf(cidr: fc.Arbitrary<string>): fc.Arbitrary<Route> {
  const destination = fc.oneof(
    { weight: 8, arbitrary: cidr },
    { weight: 3, arbitrary: fc.constantFrom('pl-1', 'pl-2', 'pl-3') },
    { weight: 1, arbitrary: fc.constantFrom('pl-gone') },
  );
  const target = fc.constantFrom('igw-1', 'igw-1', 'nat-1', 'eigw-1', 'vpce-1', 'eni-9', 'tgw-1', 'pcx-1', null);
  return fc
    .record({ destination, target, active: mostly() })
    .map(({ active, ...to }) => aRoute(to.destination, to.target, { active: active && to.target !== null }));
}

/** A table has a network once; its local routes stay. */
function taken(destination: string, toEveryone: boolean): boolean {
  return vpcCidrs.includes(destination) || (toEveryone && ['0.0.0.0/0', '::/0'].includes(destination));
}
