import { describe, expect, it } from 'vitest';
import { parseFirewallEvent } from '../../../core/events/parse-event.ts';
import { aCall, aStateEvent } from '../../builders/cloud-event.ts';
import { touched } from '../../support/events/touched.ts';

const GROUP = 'sg-0aaaaaaaaaaaaaaaa';

describe('what an event touches', () => {
  it.each([
    [
      'RevokeSecurityGroupIngress',
      { groupId: GROUP, securityGroupRuleIds: { items: [{ securityGroupRuleId: 'sgr-0aaaaaaaa' }] } },
      { groupIds: [GROUP], ruleIds: ['sgr-0aaaaaaaa'] },
    ],
    [
      'ModifyManagedPrefixList',
      { ModifyManagedPrefixListRequest: { PrefixListId: 'pl-0aaaaaaaa', AddEntry: { Cidr: '0.0.0.0/1', tag: 1 } } },
      { prefixListIds: ['pl-0aaaaaaaa'] },
    ],
    [
      'ModifyNetworkInterfaceAttribute',
      { networkInterfaceId: 'eni-0aaaaaaaa', groupSet: { items: [{ groupId: GROUP }] } },
      { interfaceIds: ['eni-0aaaaaaaa'] },
    ],
    [
      'ModifyInstanceAttribute',
      { instanceId: 'i-0aaaaaaaa', groupSet: { items: [{ groupId: GROUP }] } },
      { instanceIds: ['i-0aaaaaaaa'] },
    ],
    [
      'AssociateSecurityGroupVpc',
      { AssociateSecurityGroupVpcRequest: { GroupId: GROUP, VpcId: 'vpc-0aaaaaaaa' } },
      { groupIds: [GROUP] },
    ],
    [
      'AssociateAddress',
      { publicIp: '198.51.100.7', instanceId: 'i-0aaaaaaaa', privateIpAddress: '10.0.0.5' },
      { addresses: ['198.51.100.7'], instanceIds: ['i-0aaaaaaaa'] },
    ],
    [
      'AssociateAddress',
      { allocationId: 'eipalloc-0aaaaaaaa', networkInterfaceId: 'eni-0aaaaaaaa' },
      { allocationIds: ['eipalloc-0aaaaaaaa'], interfaceIds: ['eni-0aaaaaaaa'] },
    ],
    ['DisassociateAddress', { associationId: 'eipassoc-0aaaaaaaa' }, { everything: true }],
    [
      'CreateRoute',
      { routeTableId: 'rtb-0aaaaaaaa', destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-0aaaaaaaa' },
      { routeTableIds: ['rtb-0aaaaaaaa'] },
    ],
    [
      'AssociateRouteTable',
      { routeTableId: 'rtb-0aaaaaaaa', subnetId: 'subnet-0aaaaaaaa' },
      { routeTableIds: ['rtb-0aaaaaaaa'], subnetIds: ['subnet-0aaaaaaaa'] },
    ],
    [
      'ReplaceNetworkAclEntry',
      { networkAclId: 'acl-0aaaaaaaa', ruleNumber: 100, egress: false },
      { aclIds: ['acl-0aaaaaaaa'] },
    ],
    [
      'AttachInternetGateway',
      { internetGatewayId: 'igw-0aaaaaaaa', vpcId: 'vpc-0aaaaaaaa' },
      { vpcIds: ['vpc-0aaaaaaaa'] },
    ],
    [
      'ModifyVpcBlockPublicAccessOptions',
      { ModifyVpcBlockPublicAccessOptionsRequest: { InternetGatewayBlockMode: 'off' } },
      { everything: true },
    ],
    [
      'CreateVpcBlockPublicAccessExclusion',
      { CreateVpcBlockPublicAccessExclusionRequest: { SubnetId: 'subnet-0aaaaaaaa' } },
      { subnetIds: ['subnet-0aaaaaaaa'] },
    ],
  ])('%s touches what it names: %o', (name, request, expected) => {
    expect(touched(aCall(name, request))).toEqual(expected);
  });

  it.each([
    ['SetSecurityGroups', { loadBalancerArn: 'loadbalancer/app/web/50dc6c495c0c9188' }],
    ['ModifyListener', { listenerArn: 'listener/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2' }],
  ])('%s of a load balancer touches the load balancer', (name, request) => {
    const prefix = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:';
    const arns = Object.fromEntries(Object.entries(request).map(([key, value]) => [key, prefix + value]));
    expect(touched(aCall(name, arns, null, 'aws.elasticloadbalancing'))).toEqual({
      loadBalancerArns: [`${prefix}loadbalancer/app/web/50dc6c495c0c9188`],
    });
  });

  it('RunInstances touches its instances, and is ignored when its answer was too long to be sent', () => {
    const request = { subnetId: 'subnet-0aaaaaaaa', instancesSet: { items: [{ imageId: 'ami-0aaaaaaaa' }] } };
    const answer = {
      instancesSet: {
        items: [
          { instanceId: 'i-0aaaaaaaa', networkInterfaceSet: { items: [{ networkInterfaceId: 'eni-0bbbbbbbb' }] } },
        ],
      },
    };
    expect(touched(aCall('RunInstances', request, answer))).toEqual({
      instanceIds: ['i-0aaaaaaaa'],
      interfaceIds: ['eni-0bbbbbbbb'],
    });
    expect(parseFirewallEvent(aCall('RunInstances', request)).ignored).toBe(
      'it names no instance: each is looked at when it runs',
    );
  });

  it('a database that becomes public is about everything, one that grows is not', () => {
    const at = (request: unknown) => parseFirewallEvent(aCall('ModifyDBInstance', request, null, 'aws.rds'));
    expect(at({ dBInstanceIdentifier: 'db', publiclyAccessible: true }).touched.everything).toBe(true);
    expect(at({ dBInstanceIdentifier: 'db', allocatedStorage: 100 }).ignored).toContain('neither public access');
  });
});

describe('an instance that runs', () => {
  it('is an event without an actor, under the id of its envelope', () => {
    expect(parseFirewallEvent(aStateEvent())).toMatchObject({
      eventId: '99999999-8888-7777-6666-555555555555',
      name: 'running',
      at: '2026-03-01T09:00:05.000Z',
      actor: null,
      touched: { instanceIds: ['i-0123456789abcdef0'], everything: false },
      ignored: null,
    });
  });

  it('is the only state that is looked at', () => {
    expect(parseFirewallEvent(aStateEvent('i-0aaaaaaaa', 'stopping')).ignored).toBe(
      'an instance that is stopping opens nothing',
    );
  });
});
