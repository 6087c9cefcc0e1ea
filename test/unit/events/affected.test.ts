import { describe, expect, it } from 'vitest';
import { affectedAddresses } from '../../../core/events/affected.ts';
import { TOUCHED_NOTHING } from '../../../core/events/event-ids.ts';
import type { Touched } from '../../../core/events/firewall-event.ts';
import {
  aCloudNetwork,
  aGroup,
  anAcl,
  anInterface,
  aRouteTable,
  aRule,
  aSubnet,
  from,
} from '../../builders/cloud-network.ts';

const eni = (n: number, subnetId: string, groupId: string) =>
  anInterface({
    id: `eni-${n}`,
    subnetId,
    groupIds: [groupId],
    instanceId: `i-${n}`,
    ipv4: [{ private: `10.0.1.${n}`, public: `52.95.110.${n}`, primary: true }],
    ipv6: n === 3 ? ['2600:1f14::3', 'fd00::3'] : [],
  });

/** 1 and 2 in subnet-1 with sg-1 and sg-2; 3 in subnet-2 with sg-3 and an IPv6 address; 4 has nothing outside. */
const NETWORK = aCloudNetwork({
  interfaces: [
    eni(1, 'subnet-1', 'sg-1'),
    eni(2, 'subnet-1', 'sg-2'),
    eni(3, 'subnet-2', 'sg-3'),
    anInterface({ id: 'eni-4', groupIds: ['sg-1'], ipv4: [{ private: '10.0.1.4', public: null, primary: true }] }),
  ],
  groups: [
    aGroup({ id: 'sg-1' }),
    aGroup({ id: 'sg-2', rules: [aRule({ id: 'sgr-2', groupId: 'sg-2', source: from('pl-1') })] }),
    aGroup({ id: 'sg-3', rules: [aRule({ id: 'sgr-3', groupId: 'sg-3' })] }),
  ],
  subnets: [aSubnet(), aSubnet({ id: 'subnet-2' })],
  routeTables: [
    aRouteTable(),
    aRouteTable({
      id: 'rtb-2',
      isMain: false,
      subnetIds: ['subnet-2'],
      routes: [{ destination: 'pl-2', target: 'igw-1', active: true }],
    }),
  ],
  acls: [anAcl(), anAcl({ id: 'acl-2', subnetIds: ['subnet-2'] })],
  elasticAddresses: [
    { allocationId: 'eipalloc-1', address: '52.95.110.2', interfaceId: 'eni-2', tags: {} },
    { allocationId: 'eipalloc-2', address: '52.95.110.99', interfaceId: null, tags: {} },
  ],
  loadBalancers: [
    {
      arn: 'arn:lb',
      name: 'web',
      kind: 'application',
      internetFacing: true,
      vpcId: 'vpc-1',
      subnetIds: ['subnet-1'],
      groupIds: ['sg-1'],
      dnsName: 'web.example.com',
      interfaceIds: ['eni-1'],
      listeners: [],
      tags: {},
    },
  ],
});
const A = ['52.95.110.1', '52.95.110.2', '52.95.110.3'];
const V6 = '2600:1f14::3';

const affected = (touched: Partial<Touched>) =>
  [...affectedAddresses(NETWORK, { ...TOUCHED_NOTHING, ...touched })].sort();

describe('the addresses that an event bears on', () => {
  it.each<[string, Partial<Touched>, string[]]>([
    ['nothing', {}, []],
    ['everything', { everything: true }, [V6, ...A]],
    ['a group', { groupIds: ['sg-1'] }, [A[0]!]],
    ['a rule, by its group', { ruleIds: ['sgr-3'] }, [V6, A[2]!]],
    ['a prefix list that a rule lets in', { prefixListIds: ['pl-1'] }, [A[1]!]],
    ['a prefix list that is routed', { prefixListIds: ['pl-2'] }, [V6, A[2]!]],
    ['an interface', { interfaceIds: ['eni-2'] }, [A[1]!]],
    ['an instance', { instanceIds: ['i-3'] }, [V6, A[2]!]],
    ['an elastic IP by its allocation', { allocationIds: ['eipalloc-1'] }, [A[1]!]],
    ['an elastic IP that is nowhere', { allocationIds: ['eipalloc-2'] }, ['52.95.110.99']],
    ['an address that nothing here has', { addresses: ['52.95.110.77'] }, ['52.95.110.77']],
    ['an address, with the others of its interface', { addresses: [A[2]!] }, [V6, A[2]!]],
    ['a subnet', { subnetIds: ['subnet-2'] }, [V6, A[2]!]],
    ['the main route table: subnets that name none', { routeTableIds: ['rtb-1'] }, [A[0]!, A[1]!]],
    ['a route table of its own', { routeTableIds: ['rtb-2'] }, [V6, A[2]!]],
    ['an access list', { aclIds: ['acl-2'] }, [V6, A[2]!]],
    ['a VPC', { vpcIds: ['vpc-1'] }, [V6, ...A]],
    ['a load balancer', { loadBalancerArns: ['arn:lb'] }, [A[0]!]],
    ['what is gone', { groupIds: ['sg-9'], interfaceIds: ['eni-9'], loadBalancerArns: ['arn:gone'] }, []],
  ])('of %s', (_, touched, expected) => {
    expect(affected(touched)).toEqual(expected);
  });
});
