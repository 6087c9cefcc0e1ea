import { describe, expect, it } from 'vitest';
import {
  toAcl,
  toElasticAddress,
  toInterface,
  toRouteTable,
  toSubnet,
  toVpc,
} from '../../../adapters/aws/ec2/network-translation.ts';
import { toPermission, toRule, toRuleRequest } from '../../../adapters/aws/ec2/rule-translation.ts';

/* What moto does not answer with. */

const RULE = { SecurityGroupRuleId: 'sgr-1', GroupId: 'sg-1', IsEgress: false, CidrIpv4: '0.0.0.0/0' };

describe('rules', () => {
  it.each([
    ['6', 22, 22, 'tcp', 22, 22],
    ['17', 53, 53, 'udp', 53, 53],
    ['tcp', undefined, undefined, 'tcp', 0, 65_535],
    ['tcp', -1, -1, 'tcp', 0, 65_535],
    ['-1', -1, -1, '-1', null, null],
    ['50', -1, -1, '50', null, null],
    ['icmp', 8, -1, 'icmp', 8, -1],
    ['58', 128, 0, 'icmpv6', 128, 0],
    ['icmpv6', undefined, undefined, 'icmpv6', -1, -1],
  ])('protocol %s, %s to %s is %s, %s to %s', (IpProtocol, FromPort, ToPort, protocol, fromPort, toPort) => {
    expect(toRule({ ...RULE, IpProtocol, FromPort, ToPort })).toMatchObject({ protocol, fromPort, toPort });
  });

  it('a group of another account is named with it', () => {
    const { CidrIpv4: _, ...rest } = RULE;
    const referred = { ...rest, IpProtocol: 'tcp', ReferencedGroupInfo: { GroupId: 'sg-2', UserId: '999999999999' } };
    expect(toRule(referred).source).toEqual({ kind: 'group', id: 'sg-2', account: '999999999999' });
  });

  it.each(['SecurityGroupRuleId', 'GroupId', 'IsEgress', 'IpProtocol', 'CidrIpv4'] as const)(
    'without %s is an error',
    (key) => {
      const rule = { ...RULE, IpProtocol: 'tcp', [key]: undefined };
      expect(() => toRule(rule)).toThrow(/^EC2 answered without /);
    },
  );

  it('is given back with -1 where there are no ports, and with its description or none', () => {
    const shape = { protocol: '-1', fromPort: null, toPort: null, description: null };
    expect(toPermission({ ...shape, source: { kind: 'prefix-list', id: 'pl-1' } })).toEqual({
      IpProtocol: '-1',
      FromPort: -1,
      ToPort: -1,
      PrefixListIds: [{ PrefixListId: 'pl-1' }],
    });
    expect(toPermission({ ...shape, description: 'd', source: { kind: 'group', id: 'sg-2', account: '9' } })).toEqual({
      IpProtocol: '-1',
      FromPort: -1,
      ToPort: -1,
      UserIdGroupPairs: [{ GroupId: 'sg-2', UserId: '9', Description: 'd' }],
    });
    expect(toRuleRequest({ ...shape, description: 'd', source: { kind: 'ipv6', cidr: '::/0' } })).toEqual({
      IpProtocol: '-1',
      FromPort: -1,
      ToPort: -1,
      CidrIpv6: '::/0',
      Description: 'd',
    });
  });
});

describe('interfaces', () => {
  it('each private address has its own public one, and IPv6 is in its short form', () => {
    const read = toInterface({
      NetworkInterfaceId: 'eni-1',
      VpcId: 'vpc-1',
      SubnetId: 'subnet-1',
      Status: 'associated',
      InterfaceType: 'natGateway',
      RequesterManaged: true,
      PrivateIpAddress: '10.0.0.1',
      Association: { PublicIp: '198.18.0.1' },
      PrivateIpAddresses: [
        { PrivateIpAddress: '10.0.0.1', Primary: true, Association: { PublicIp: '198.18.0.1' } },
        { PrivateIpAddress: '10.0.0.2', Primary: false, Association: { PublicIp: '198.18.0.2' } },
        { PrivateIpAddress: '10.0.0.3', Primary: false },
      ],
      Ipv6Addresses: [{ Ipv6Address: '2A05:D018:0:0:0:0:0:1' }],
    });
    expect(read.ipv4).toEqual([
      { private: '10.0.0.1', public: '198.18.0.1', primary: true },
      { private: '10.0.0.2', public: '198.18.0.2', primary: false },
      { private: '10.0.0.3', public: null, primary: false },
    ]);
    expect(read).toMatchObject({
      ipv6: ['2a05:d018::1'],
      status: 'other',
      kind: 'nat_gateway',
      requesterManaged: true,
    });
  });

  it('an address that is none is an error', () => {
    const eni = {
      NetworkInterfaceId: 'eni-1',
      VpcId: 'v',
      SubnetId: 's',
      PrivateIpAddresses: [{ PrivateIpAddress: 'x' }],
    };
    expect(() => toInterface(eni)).toThrow('EC2 answered with x for an address of eni-1');
  });

  it('an elastic IP that waits is on no interface', () => {
    expect(toElasticAddress({ AllocationId: 'eipalloc-1', PublicIp: '198.18.0.1' }).interfaceId).toBeNull();
  });
});

describe('routes', () => {
  it.each([
    [{ DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1' }, '0.0.0.0/0', 'nat-1'],
    [{ DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: 'eigw-1' }, '::/0', 'eigw-1'],
    [{ DestinationPrefixListId: 'pl-1', GatewayId: 'vpce-1' }, 'pl-1', 'vpce-1'],
    [{ DestinationCidrBlock: '10.0.0.0/8', TransitGatewayId: 'tgw-1' }, '10.0.0.0/8', 'tgw-1'],
    [{ DestinationCidrBlock: '10.0.0.0/8', InstanceId: 'i-1', NetworkInterfaceId: 'eni-1' }, '10.0.0.0/8', 'eni-1'],
    [{ DestinationCidrBlock: '10.0.0.0/8' }, '10.0.0.0/8', null],
  ])('%j', (route, destination, target) => {
    const table = { RouteTableId: 'rtb-1', VpcId: 'vpc-1', Routes: [{ ...route, State: 'active' as const }] };
    expect(toRouteTable(table).routes).toEqual([{ destination, target, active: true }]);
  });

  it('a route whose target is gone is not active', () => {
    const Routes = [{ DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1', State: 'blackhole' as const }];
    expect(toRouteTable({ RouteTableId: 'rtb-1', VpcId: 'vpc-1', Routes }).routes[0]?.active).toBe(false);
  });

  it('a table is for the subnets that are associated, and the main one where it says so', () => {
    const Associations = [
      { Main: false, SubnetId: 'subnet-2', AssociationState: { State: 'associated' as const } },
      { Main: false, SubnetId: 'subnet-1' },
      { Main: false, SubnetId: 'subnet-3', AssociationState: { State: 'disassociated' as const } },
      { Main: false, GatewayId: 'igw-1' },
      { Main: true },
    ];
    expect(toRouteTable({ RouteTableId: 'rtb-1', VpcId: 'vpc-1', Associations })).toMatchObject({
      isMain: true,
      subnetIds: ['subnet-1', 'subnet-2'],
    });
  });
});

describe('networks', () => {
  it('what is no longer associated does not count', () => {
    const vpc = toVpc({
      VpcId: 'vpc-1',
      CidrBlock: '10.0.0.0/16',
      CidrBlockAssociationSet: [
        { CidrBlock: '10.0.0.0/16', CidrBlockState: { State: 'associated' } },
        { CidrBlock: '10.1.0.0/16', CidrBlockState: { State: 'disassociated' } },
        { CidrBlock: '10.2.0.0/16', CidrBlockState: { State: 'associated' } },
      ],
      Ipv6CidrBlockAssociationSet: [{ Ipv6CidrBlock: '2a05::/56', Ipv6CidrBlockState: { State: 'failed' } }],
    });
    expect(vpc.cidrs).toEqual(['10.0.0.0/16', '10.2.0.0/16']);
  });

  it('a subnet may have IPv6 only', () => {
    const Ipv6CidrBlockAssociationSet = [
      { Ipv6CidrBlock: '2a05::/64', Ipv6CidrBlockState: { State: 'associated' as const } },
    ];
    expect(toSubnet({ SubnetId: 's', VpcId: 'v', Ipv6CidrBlockAssociationSet }).cidrs).toEqual(['2a05::/64']);
  });

  it('rows of an access list come in order, IPv6 and ICMP ones too', () => {
    const Entries = [
      { RuleNumber: 32_768, Egress: false, RuleAction: 'deny' as const, Protocol: '-1', Ipv6CidrBlock: '::/0' },
      { RuleNumber: 100, Egress: true, RuleAction: 'allow' as const, Protocol: '-1', CidrBlock: '0.0.0.0/0' },
      {
        RuleNumber: 5,
        Egress: false,
        RuleAction: 'allow' as const,
        Protocol: '58',
        Ipv6CidrBlock: '::/0',
        IcmpTypeCode: { Type: -1, Code: -1 },
      },
    ];
    expect(toAcl({ NetworkAclId: 'acl-1', VpcId: 'vpc-1', Entries }).entries).toEqual([
      { number: 5, egress: false, allow: true, protocol: 'icmpv6', cidr: '::/0', ports: null },
      { number: 32_768, egress: false, allow: false, protocol: '-1', cidr: '::/0', ports: null },
      { number: 100, egress: true, allow: true, protocol: '-1', cidr: '0.0.0.0/0', ports: null },
    ]);
  });
});
