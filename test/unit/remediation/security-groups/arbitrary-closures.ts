import * as fc from 'fast-check';
import type { SecurityGroupRule } from '../../../../core/cloud/network.ts';
import type { ClosureRequest } from '../../../../core/remediation/security-groups/closure-plan.ts';
import { aPrefixList, aRule, from } from '../../../builders/cloud-network.ts';
import { textOf } from './small-ec2.ts';
import { PORTS } from './traffic-oracle.ts';

const PUBLIC = [
  '0.0.0.0/0',
  '0.0.0.0/1',
  '128.0.0.0/1',
  '8.0.0.0/5',
  '10.0.0.0/7',
  '11.0.0.0/8',
  '8.8.8.0/24',
  '52.1.2.3/32',
  '172.0.0.0/8',
  '100.0.0.0/8',
  '::/0',
  '2600::/12',
  'fc00::/6',
  'pl-mixed',
  'pl-public',
  'pl-six',
  'pl-any',
];
const OTHERS = [
  '10.0.0.0/8',
  '10.255.255.0/24',
  '172.16.0.0/12',
  '100.64.0.0/10',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '203.0.113.0/24',
  'fc00::/7',
  'fd00::/8',
  'fe80::/10',
  'sg-8',
  'sg-9',
  'pl-aws',
  'pl-private',
];

export const LISTS = [
  aPrefixList(['8.8.8.0/24', '10.0.0.0/8', '192.168.1.0/24'], { id: 'pl-mixed', maxEntries: 4 }),
  aPrefixList(['10.0.0.0/8', '0.0.0.0/0'], { id: 'pl-any', maxEntries: 3 }),
  aPrefixList(['52.1.2.0/24', '223.255.255.0/24'], { id: 'pl-public', maxEntries: 2 }),
  aPrefixList(['2600::/16', 'fd00::/8'], { id: 'pl-six', family: 'v6', maxEntries: 2 }),
  aPrefixList(['10.0.0.0/16', '172.16.0.0/12'], { id: 'pl-private', maxEntries: 2 }),
  aPrefixList(['52.1.2.0/24'], { id: 'pl-aws', ownerId: 'AWS', maxEntries: null }),
];

/** Every network that a rule or a list of these names. */
export const NETWORKS: readonly string[] = [
  ...[...PUBLIC, ...OTHERS].filter((source) => source.includes('/')),
  ...LISTS.filter(({ ownerId }) => ownerId !== 'AWS').flatMap(({ entries }) => entries.map(({ cidr }) => cidr)),
];

const port = fc.constantFrom(...PORTS);
const ranged = fc
  .record({ protocol: fc.constantFrom('tcp', 'tcp', 'tcp', 'udp'), a: port, b: port })
  .map(({ protocol, a, b }) => ({ protocol, fromPort: Math.min(a, b), toPort: Math.max(a, b) }));
const single = fc
  .record({ protocol: fc.constantFrom('tcp', 'udp'), a: port })
  .map(({ protocol, a }) => ({ protocol, fromPort: a, toPort: a }));
const without = fc.constantFrom(
  { protocol: '-1', fromPort: null, toPort: null },
  { protocol: 'tcp', fromPort: null, toPort: null },
  { protocol: 'icmp', fromPort: -1, toPort: -1 },
  { protocol: 'icmp', fromPort: 8, toPort: -1 },
  { protocol: '47', fromPort: null, toPort: null },
  { protocol: '89', fromPort: null, toPort: null },
);
const traffic = fc.oneof(
  { weight: 4, arbitrary: ranged },
  { weight: 3, arbitrary: single },
  { weight: 2, arbitrary: without },
);
const text = fc.option(fc.constantFrom('ssh for the office', 'a', ' Ünïcode? ', 'x'.repeat(255)), { nil: null });
const tags = fc.constantFrom({}, {}, { team: 'blue' }, { 'aws:cloudformation:stack-name': 's', team: 'red' });

/** What can let a port in. */
const opening = fc.oneof(
  { weight: 6, arbitrary: ranged },
  { weight: 3, arbitrary: single },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      { protocol: '-1', fromPort: null, toPort: null },
      { protocol: 'tcp', fromPort: null, toPort: null },
    ),
  },
);

const rule = (sources: readonly string[], what = traffic) =>
  fc
    .record({
      traffic: what,
      source: fc.constantFrom(...sources),
      description: text,
      tags,
      groupId: fc.constantFrom('sg-1', 'sg-1', 'sg-2'),
    })
    .map(({ traffic: ports, source, ...rest }) => aRule({ ...ports, source: from(source), ...rest }));

/** Rule sets of one or two groups and a port that, nearly always, one of the rules lets in from the public. */
export const closure: fc.Arbitrary<ClosureRequest> = fc
  .record({
    open: rule(PUBLIC, opening),
    more: fc.array(fc.oneof(rule(PUBLIC), rule(OTHERS)), { maxLength: 9 }),
    any: port,
    within: fc.nat(),
    family: fc.constantFrom('v4', 'v6', 'both', 'both'),
    other: fc.constantFrom('tcp', 'udp'),
    keepPrivate: fc.boolean(),
  })
  .map(({ open, more, any, within, family, other, keepPrivate }) => {
    const rules = unlike([open, ...more]).map((each, index): SecurityGroupRule => ({
      ...each,
      id: `sgr-${index + 1}`,
    }));
    const held = PORTS.filter((each) => open.fromPort !== null && open.fromPort <= each && each <= Number(open.toPort));
    return {
      rules: new Map(['sg-1', 'sg-2'].map((id) => [id, rules.filter(({ groupId }) => groupId === id)])),
      protocol: open.protocol === 'tcp' || open.protocol === 'udp' ? open.protocol : other,
      port: held[within % Math.max(held.length, 1)] ?? any,
      family: family === 'both' || family === familyOf(open) ? family : 'both',
      prefixLists: LISTS,
      quota: { ingressRulesPerGroup: 1_000 },
      allowAllProtocols: true,
      findingId: 'f-1',
      keepPrivate,
    };
  });

function familyOf({ source }: SecurityGroupRule): 'v4' | 'v6' {
  return source.kind === 'ipv6' || ('id' in source && source.id === 'pl-six') ? 'v6' : 'v4';
}

/** EC2 keeps no tuple twice; tcp without ports is the same as 0-65535. */
function unlike(rules: readonly SecurityGroupRule[]): SecurityGroupRule[] {
  const whole = (each: SecurityGroupRule) =>
    each.protocol === 'tcp' && each.fromPort === null ? { ...each, fromPort: 0, toPort: 65_535 } : each;
  return [...new Map(rules.map((each) => [`${each.groupId} ${textOf(whole(each))}`, each])).values()];
}

/** Any rule at all. */
export const strayRule = fc.oneof(rule(PUBLIC), rule(OTHERS));
