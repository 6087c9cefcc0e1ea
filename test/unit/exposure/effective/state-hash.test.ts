import { describe, expect, it } from 'vitest';
import type { CloudNetwork } from '../../../../core/cloud/network.ts';
import { exposureHash } from '../../../../core/exposure/effective/state-hash.ts';
import {
  aCloudNetwork,
  aGroup,
  aListener,
  aLoadBalancer,
  aLoadBalancerInterface,
  aPrefixList,
  aRoute,
  aRouteTable,
  aRule,
  aTarget,
  aVpc,
  anAcl,
  anAclEntry,
  anElasticAddress,
  anInstance,
  anInterface,
  from,
} from '../../../builders/cloud-network.ts';

const rules = [aRule(), aRule({ id: 'sgr-2', source: from('pl-1') })];
const base = aCloudNetwork({
  interfaces: [
    anInterface(),
    aLoadBalancerInterface(),
    anInterface({
      id: 'eni-9',
      groupIds: ['sg-9'],
      instanceId: 'i-9',
      ipv4: [{ private: '10.0.1.9', public: '192.0.2.9', primary: true }],
    }),
  ],
  groups: [aGroup({ rules }), aGroup({ id: 'sg-lb' }), aGroup({ id: 'sg-9' })],
  prefixLists: [aPrefixList(['8.0.0.0/8', '9.0.0.0/8'])],
  loadBalancers: [aLoadBalancer()],
});
const hash = (over: Partial<CloudNetwork>, address = '192.0.2.10') => exposureHash({ ...base, ...over }, address);
const [own, balancer, stranger] = base.interfaces as [
  ReturnType<typeof anInterface>,
  ReturnType<typeof anInterface>,
  ReturnType<typeof anInterface>,
];
const others = base.groups.slice(1);

describe('the hash of what bears on an address', () => {
  it('is a SHA-256 in hex', () => {
    expect(hash({})).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<CloudNetwork>]>([
    [
      'a rule more',
      { groups: [aGroup({ rules: [...rules, aRule({ id: 'sgr-3', fromPort: 80, toPort: 80 })] }), ...others] },
    ],
    [
      'a rule with the same meaning and another id',
      { groups: [aGroup({ rules: [aRule({ id: 'sgr-new' }), ...rules.slice(1)] }), ...others] },
    ],
    ['a group that is gone', { groups: others }],
    ['another group on the interface', { interfaces: [{ ...own, groupIds: ['sg-1', 'sg-9'] }, balancer, stranger] }],
    ['a prefix list', { prefixLists: [aPrefixList(['8.0.0.0/8'])] }],
    ['a row of the access list', { acls: [anAcl({ entries: [...anAcl().entries, anAclEntry({ number: 7 })] })] }],
    ['a route', { routeTables: [aRouteTable({ routes: [aRoute('0.0.0.0/0', 'nat-1')] })] }],
    ['the network of the VPC', { vpcs: [aVpc({ cidrs: ['10.0.0.0/16', '10.1.0.0/16'] })] }],
    ['the instance', { instances: [anInstance({ state: 'stopped' })] }],
    ['the public access block', { publicAccessBlock: { mode: 'block-ingress', exclusions: [] } }],
    ['a listener of the load balancer in front', { loadBalancers: [aLoadBalancer({ listeners: [] })] }],
    [
      'another port of its target',
      { loadBalancers: [aLoadBalancer({ listeners: [aListener({ targets: [aTarget({ port: 22 })] })] })] },
    ],
    [
      'the group of the load balancer in front',
      { groups: [base.groups[0]!, aGroup({ id: 'sg-lb', rules: [] }), others[1]!] },
    ],
    ['a refused call', { unread: ['ec2:DescribeVpcs on VPCs was refused'] }],
    [
      'where the address is',
      { interfaces: [{ ...own, ipv4: stranger.ipv4 }, balancer, { ...stranger, ipv4: own.ipv4 }] },
    ],
  ])('changes with %s', (_, over) => {
    expect(hash(over)).not.toBe(hash({}));
  });

  it.each<[string, Partial<CloudNetwork>]>([
    ['the time of reading', { readAt: '2026-03-01T10:00:00.000Z' }],
    ['the order of rules', { groups: [...others, aGroup({ rules: rules.toReversed() })] }],
    ['the order of a prefix list', { prefixLists: [aPrefixList(['9.0.0.0/8', '8.0.0.0/8'])] }],
    [
      'descriptions, names and tags',
      {
        groups: [
          aGroup({
            name: 'web',
            tags: { a: 'b' },
            rules: [aRule({ description: 'x', tags: { c: 'd' } }), ...rules.slice(1)],
          }),
          ...others,
        ],
      },
    ],
    ['what bears on other addresses', { groups: [base.groups[0]!, others[0]!, aGroup({ id: 'sg-9', rules: [] })] }],
    [
      'another target of the load balancer in front',
      { loadBalancers: [aLoadBalancer({ listeners: [aListener({ targets: [aTarget(), aTarget({ id: 'i-9' })] })] })] },
    ],
    [
      'rules for leaving',
      { groups: [aGroup({ rules: [...rules, aRule({ id: 'sgr-out', egress: true })] }), ...others] },
    ],
  ])('does not change with %s', (_, over) => {
    expect(hash(over)).toBe(hash({}));
  });

  it('sees an address come and go', () => {
    const nowhere = hash({}, '192.0.2.90');
    expect(hash({ elasticAddresses: [anElasticAddress({ interfaceId: 'eni-1' })] }, '192.0.2.90')).not.toBe(nowhere);
    expect(nowhere).not.toBe(hash({}));
  });

  it('of a load balancer’s address changes with what guards its targets', () => {
    const changed = { groups: [aGroup({ rules: [] }), ...others] };
    expect(hash(changed, '192.0.2.20')).not.toBe(hash({}, '192.0.2.20'));
  });
});
