import { describe, expect, it } from 'vitest';
import type { CloudNetwork, Route } from '../../../../core/cloud/network.ts';
import { BadInput } from '../../../../core/errors.ts';
import { evaluateExposure } from '../../../../core/exposure/effective/evaluate.ts';
import type { StepName } from '../../../../core/exposure/effective/exposure.ts';
import {
  aCloudNetwork,
  aGroup,
  aPrefixList,
  aRoute,
  aRouteTable,
  aRule,
  anAcl,
  anAclEntry,
  anElasticAddress,
  anInstance,
  anInterface,
  from,
} from '../../../builders/cloud-network.ts';

const ask = (over: Partial<CloudNetwork>, address = '192.0.2.10') =>
  evaluateExposure(aCloudNetwork(over), { address, protocol: 'tcp', port: 22 });

function step(name: StepName, over: Partial<CloudNetwork>, address?: string) {
  const answer = ask(over, address);
  return { reachable: answer.reachable, ...answer.steps.find((each) => each.name === name) };
}

describe('the question', () => {
  it.each([0, 65_536, 22.5, -1])('has no port %s', (port) => {
    expect(() => evaluateExposure(aCloudNetwork(), { address: '192.0.2.10', protocol: 'tcp', port })).toThrow(BadInput);
  });

  it('has an address', () => {
    expect(() => ask({}, 'example.com')).toThrow('"example.com" is not an IP address');
  });
});

describe('the address', () => {
  it('is released when its elastic IP is on no interface', () => {
    expect(step('address', { elasticAddresses: [anElasticAddress()] }, '192.0.2.90')).toMatchObject({
      reachable: 'no',
      verdict: 'stop',
      object: 'eipalloc-1',
      why: '192.0.2.90 is released: it is associated with no interface.',
    });
  });

  it('is nobody here when no interface has it', () => {
    const answer = ask({}, '192.0.2.77');
    expect(answer).toMatchObject({ interfaceId: null, reachable: 'no', breadth: null, sources: '', admittedBy: [] });
    expect(answer.steps).toHaveLength(7);
    expect(answer.steps[0]?.why).toBe('192.0.2.77 is on no interface of account 111122223333 in eu-west-1.');
  });

  it('is unknown when interfaces were refused, or when its interface is not in the read', () => {
    const unread = ['ec2:DescribeNetworkInterfaces on network interfaces was refused to role/read (AccessDenied).'];
    expect(step('address', { unread }, '192.0.2.77')).toMatchObject({ reachable: 'unknown', verdict: 'unknown' });
    const elasticAddresses = [anElasticAddress({ interfaceId: 'eni-7' })];
    expect(step('address', { elasticAddresses }, '192.0.2.90')).toMatchObject({ reachable: 'unknown' });
  });

  it('is private, of one interface or of several VPCs: nothing comes straight from outside', () => {
    expect(step('address', {}, '10.0.1.10')).toMatchObject({ reachable: 'no', object: 'eni-1' });
    const twin = anInterface({
      id: 'eni-2',
      vpcId: 'vpc-2',
      ipv4: [{ private: '10.0.1.10', public: null, primary: true }],
    });
    expect(step('address', { interfaces: [anInterface(), twin] }, '10.0.1.10')).toMatchObject({
      reachable: 'no',
      object: null,
    });
  });

  it('may be a secondary one', () => {
    const ipv4 = [
      { private: '10.0.1.10', public: null, primary: true },
      { private: '10.0.1.11', public: '192.0.2.11', primary: false },
    ];
    expect(ask({ interfaces: [anInterface({ ipv4 })] }, '192.0.2.11').reachable).toBe('yes');
  });

  it('of a NAT gateway takes nothing from outside', () => {
    const interfaces = [anInterface({ kind: 'nat_gateway', groupIds: [], instanceId: null })];
    expect(step('address', { interfaces })).toMatchObject({ reachable: 'no', verdict: 'stop' });
  });
});

describe('the instance', () => {
  it.each([
    ['running', 'yes'],
    ['stopped', 'no'],
    ['terminated', 'no'],
    ['pending', 'unknown'],
    ['stopping', 'unknown'],
  ])('%s: %s', (state, reachable) => {
    expect(step('instance', { instances: [anInstance({ state })] })).toMatchObject({ reachable, object: 'i-1' });
  });

  it('is none: an interface that is attached to nothing answers nobody', () => {
    const interfaces = [anInterface({ instanceId: null, status: 'available' })];
    expect(step('instance', { interfaces })).toMatchObject({ reachable: 'no', object: 'eni-1' });
  });
});

describe('the public access block', () => {
  const exclusions = (resourceId: string, mode: 'allow-bidirectional' | 'allow-egress') => [{ resourceId, mode }];
  it.each([
    ['off', [], 'yes'],
    ['block-ingress', [], 'no'],
    ['block-bidirectional', [], 'no'],
    ['block-bidirectional', exclusions('vpc-1', 'allow-bidirectional'), 'yes'],
    ['block-ingress', exclusions('subnet-1', 'allow-bidirectional'), 'yes'],
    ['block-ingress', exclusions('subnet-1', 'allow-egress'), 'no'],
    ['block-ingress', exclusions('subnet-2', 'allow-bidirectional'), 'no'],
  ] as const)('%s with exclusions %j: %s', (mode, list, reachable) => {
    expect(ask({ publicAccessBlock: { mode, exclusions: list } }).reachable).toBe(reachable);
  });

  it('is said to be unknown and taken as off when it was not read', () => {
    expect(step('public-access-block', { publicAccessBlock: null })).toMatchObject({
      reachable: 'yes',
      verdict: 'unknown',
    });
  });
});

describe('the routes of replies', () => {
  const table = (...routes: Route[]) => ({
    routeTables: [aRouteTable({ routes: [aRoute('10.0.0.0/16', 'local'), ...routes] })],
  });
  it.each<[string, Route[], string, string]>([
    ['an internet gateway', [aRoute('0.0.0.0/0', 'igw-1')], 'yes', 'pass'],
    ['no route', [], 'no', 'stop'],
    ['a NAT gateway', [aRoute('0.0.0.0/0', 'nat-1')], 'no', 'stop'],
    ['a gateway that is detached', [aRoute('0.0.0.0/0', 'igw-1', { active: false })], 'no', 'stop'],
    ['a target that is gone', [aRoute('0.0.0.0/0', null)], 'no', 'stop'],
    ['a firewall endpoint', [aRoute('0.0.0.0/0', 'vpce-1')], 'unknown', 'unknown'],
    [
      'halves to a firewall endpoint',
      [aRoute('0.0.0.0/0', 'igw-1'), aRoute('0.0.0.0/1', 'vpce-1'), aRoute('128.0.0.0/1', 'vpce-1')],
      'unknown',
      'unknown',
    ],
    ['a more specific appliance', [aRoute('0.0.0.0/0', 'igw-1'), aRoute('8.0.0.0/8', 'eni-9')], 'yes', 'partly'],
    ['a more specific NAT', [aRoute('0.0.0.0/0', 'igw-1'), aRoute('8.0.0.0/8', 'nat-1')], 'yes', 'partly'],
    ['a gateway for a part only', [aRoute('8.0.0.0/8', 'igw-1')], 'yes', 'partly'],
    ['a list that was not read', [aRoute('0.0.0.0/0', 'igw-1'), aRoute('pl-gone', 'vpce-1')], 'unknown', 'unknown'],
  ])('%s', (_, routes, reachable, verdict) => {
    expect(step('route', table(...routes))).toMatchObject({ reachable, verdict, object: 'rtb-1' });
  });

  it('of two lists with one network and two targets goes by neither for sure; a network goes before a list', () => {
    const prefixLists = [aPrefixList(['0.0.0.0/0']), aPrefixList(['0.0.0.0/0'], { id: 'pl-2' })];
    const contest = table(aRoute('pl-1', 'igw-1'), aRoute('pl-2', 'nat-1'));
    expect(step('route', { ...contest, prefixLists })).toMatchObject({ reachable: 'unknown', verdict: 'unknown' });
    const settled = table(aRoute('pl-1', 'nat-1'), aRoute('0.0.0.0/0', 'igw-1'));
    expect(step('route', { ...settled, prefixLists })).toMatchObject({ reachable: 'yes', verdict: 'pass' });
  });

  it('takes the table that names the subnet before the main one, and knows when there is none', () => {
    const own = aRouteTable({
      id: 'rtb-own',
      isMain: false,
      subnetIds: ['subnet-1'],
      routes: [aRoute('0.0.0.0/0', 'nat-1')],
    });
    expect(step('route', { routeTables: [aRouteTable(), own] })).toMatchObject({ reachable: 'no', object: 'rtb-own' });
    const others = aRouteTable({ isMain: false, subnetIds: ['subnet-9'] });
    expect(step('route', { routeTables: [others] })).toMatchObject({ reachable: 'unknown', object: 'subnet-1' });
  });

  it('subtracts from the sources what goes elsewhere for sure and keeps what is only inspected', () => {
    expect(ask(table(aRoute('0.0.0.0/0', 'igw-1'), aRoute('128.0.0.0/1', 'nat-1')))).toMatchObject({
      reachable: 'yes',
      breadth: 'wide',
    });
    expect(ask(table(aRoute('0.0.0.0/0', 'igw-1'), aRoute('128.0.0.0/1', 'vpce-1')))).toMatchObject({
      reachable: 'yes',
      breadth: 'internet',
      sources: '0.0.0.0/0',
    });
  });

  it('an egress-only gateway answers nobody who comes from outside', () => {
    const over = {
      ...table(aRoute('::/0', 'eigw-1')),
      interfaces: [anInterface({ ipv6: ['2a05:d018:1:101::10'] })],
      groups: [aGroup({ rules: [aRule({ source: from('::/0') })] })],
    };
    expect(step('route', over, '2a05:d018:1:101::10')).toMatchObject({
      reachable: 'no',
      why: 'rtb-1 sends replies to eigw-1 for ::/0, which is no working way back to the internet.',
    });
  });

  it('says that replies are inspected', () => {
    expect(step('route', table(aRoute('0.0.0.0/0', 'vpce-1'))).why).toBe(
      'Inspected: rtb-1 sends replies through vpce-1 for 0.0.0.0/0, which may or may not let them pass.',
    );
  });
});

describe('the network access list', () => {
  const replies = (first: number, last: number) =>
    anAclEntry({ egress: true, protocol: '6', ports: { from: first, to: last } });
  const everywhere = [anAclEntry(), anAclEntry({ egress: true })];
  it.each([
    ['everything both ways', everywhere, 'yes', 'pass'],
    ['nothing in', [anAclEntry({ egress: true })], 'no', 'stop'],
    ['nothing out', [anAclEntry()], 'no', 'stop'],
    ['a deny before the allow', [anAclEntry({ number: 50, allow: false }), ...everywhere], 'no', 'stop'],
    ['a deny after the allow', [anAclEntry({ number: 150, allow: false }), ...everywhere], 'yes', 'pass'],
    [
      'a deny of another port',
      [anAclEntry({ number: 50, allow: false, protocol: '6', ports: { from: 23, to: 99 } }), ...everywhere],
      'yes',
      'pass',
    ],
    [
      'a deny of the port',
      [anAclEntry({ number: 50, allow: false, protocol: 'tcp', ports: { from: 22, to: 22 } }), ...everywhere],
      'no',
      'stop',
    ],
    [
      'a deny of udp',
      [anAclEntry({ number: 50, allow: false, protocol: '17', ports: { from: 22, to: 22 } }), ...everywhere],
      'yes',
      'pass',
    ],
    [
      'a deny of some sources',
      [anAclEntry({ number: 50, allow: false, cidr: '1.0.0.0/8' }), ...everywhere],
      'yes',
      'partly',
    ],
    ['replies to all ports of clients', [anAclEntry(), replies(1_024, 65_535)], 'yes', 'pass'],
    ['replies to the ports of Linux only', [anAclEntry(), replies(32_768, 60_999)], 'partly', 'partly'],
    [
      'replies to two ranges that make up all',
      [anAclEntry(), replies(1_024, 40_000), { ...replies(40_001, 65_535), number: 110 }],
      'yes',
      'pass',
    ],
    ['replies to low ports only', [anAclEntry(), replies(80, 443)], 'no', 'stop'],
  ])('%s', (_, entries, reachable, verdict) => {
    expect(step('network-acl', { acls: [anAcl({ entries })] })).toMatchObject({ reachable, verdict, object: 'acl-1' });
  });

  it('takes denied sources away from those that get in', () => {
    const entries = [anAclEntry({ number: 50, allow: false, cidr: '128.0.0.0/1' }), ...everywhere];
    expect(ask({ acls: [anAcl({ entries })] })).toMatchObject({ breadth: 'wide', sources: '0.0.0.0/1' });
  });

  it('names the row that decides', () => {
    const entries = [anAclEntry({ number: 50, allow: false, cidr: '0.0.0.0/0' }), ...everywhere];
    expect(step('network-acl', { acls: [anAcl({ entries })] }).why).toBe(
      'Row 50 of acl-1 denies port 22 from 0.0.0.0/0: nobody is let in from the internet.',
    );
  });

  it('empties what admits when it stops everybody, and the other steps are still said', () => {
    const answer = ask({ acls: [anAcl({ entries: [] })] });
    expect(answer).toMatchObject({ reachable: 'no', breadth: null, sources: '', admittedBy: [] });
    expect(answer.steps.find(({ name }) => name === 'security-groups')).toMatchObject({
      verdict: 'pass',
      object: 'sgr-1',
    });
  });
});
