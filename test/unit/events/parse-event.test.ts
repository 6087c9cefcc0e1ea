import { describe, expect, it } from 'vitest';
import { parseFirewallEvent } from '../../../core/events/parse-event.ts';
import { API_CALL, WATCHED_EVENTS } from '../../../core/events/watched-events.ts';
import { aCallEvent, anAuthorizedRule, aStateEvent } from '../../builders/cloud-event.ts';

const GROUP = 'sg-0aaaaaaaaaaaaaaaa';

/** The kinds of touched ids that hold something. */
function touched(body: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parseFirewallEvent(body).touched).filter(([, ids]) => ids === true || ids.length > 0),
  );
}

const call = (eventName: string, requestParameters: unknown, responseElements: unknown = null, source = 'aws.ec2') =>
  aCallEvent({ eventName, requestParameters, responseElements }, { source });

describe('an AuthorizeSecurityGroupIngress event', () => {
  it('says who did it, when, from where, on which group, and which rules it made', () => {
    expect(parseFirewallEvent(aCallEvent())).toEqual({
      eventId: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      name: 'AuthorizeSecurityGroupIngress',
      at: '2026-03-01T09:00:00.000Z',
      place: { account: '123456789012', region: 'eu-central-1' },
      actor: {
        arn: 'arn:aws:sts::123456789012:assumed-role/admin/zoe',
        kind: 'AssumedRole',
        principalId: 'AROAEXAMPLE:zoe',
        sessionIssuer: 'arn:aws:iam::123456789012:role/admin',
      },
      sourceIp: '203.0.113.9',
      userAgent: 'aws-cli/2.15.0',
      touched: {
        everything: false,
        addresses: [],
        groupIds: [GROUP],
        ruleIds: ['sgr-0123456789abcdef0'],
        interfaceIds: [],
        instanceIds: [],
        allocationIds: [],
        prefixListIds: [],
        subnetIds: [],
        vpcIds: [],
        routeTableIds: [],
        aclIds: [],
        loadBalancerArns: [],
      },
      opened: [
        {
          ruleId: 'sgr-0123456789abcdef0',
          groupId: GROUP,
          shape: {
            protocol: 'tcp',
            fromPort: 22,
            toPort: 22,
            source: { kind: 'ipv4', cidr: '0.0.0.0/0' },
            description: null,
          },
        },
      ],
      ignored: null,
    });
  });

  it.each([
    ['protocol -1 without ports', { ipProtocol: '-1', fromPort: undefined, toPort: undefined }, '-1', null, null],
    ['protocol -1 with ports of -1', { ipProtocol: '-1', fromPort: -1, toPort: -1 }, '-1', null, null],
    ['a protocol by its number', { ipProtocol: '6' }, 'tcp', 22, 22],
    ['a protocol without ports', { ipProtocol: '47', fromPort: null, toPort: null }, '47', null, null],
    ['ICMP types', { ipProtocol: 'icmp', fromPort: -1, toPort: -1 }, 'icmp', -1, -1],
    ['numbers as text', { fromPort: '20', toPort: '30' }, 'tcp', 20, 30],
  ])('has the shape of a rule with %s', (_, over, protocol, fromPort, toPort) => {
    const items = [anAuthorizedRule(over)];
    const { opened } = parseFirewallEvent(aCallEvent({ responseElements: { securityGroupRuleSet: { items } } }));
    expect(opened[0]?.shape).toMatchObject({ protocol, fromPort, toPort });
  });

  it.each([
    [{ cidrIpv6: '::/0' }, { kind: 'ipv6', cidr: '::/0' }],
    [{ prefixListId: 'pl-0bbbbbbbb' }, { kind: 'prefix-list', id: 'pl-0bbbbbbbb' }],
    [
      { referencedGroupInfo: { groupId: 'sg-0cccccccc', userId: '210987654321' } },
      { kind: 'group', id: 'sg-0cccccccc', account: '210987654321' },
    ],
  ])('has the source %o', (over, source) => {
    const items = [anAuthorizedRule({ cidrIpv4: undefined, ...over })];
    const event = parseFirewallEvent(aCallEvent({ responseElements: { securityGroupRuleSet: { items } } }));
    expect(event.opened[0]?.shape?.source).toEqual(source);
    // The source group is not what was changed.
    expect(event.touched.groupIds).toEqual([GROUP]);
  });

  it('of a group named by its name finds the id in the answer', () => {
    expect(touched(aCallEvent({ requestParameters: { groupName: 'web' } }))).toMatchObject({ groupIds: [GROUP] });
  });

  it('of a group named by its name and without an answer is about everything there', () => {
    const body = aCallEvent({ requestParameters: { groupName: 'web' }, responseElements: null });
    expect(touched(body)).toEqual({ everything: true });
    expect(parseFirewallEvent(body).opened).toEqual([]);
  });

  it('does not take an id out of a description or a tag', () => {
    const items = [anAuthorizedRule({ description: 'sg-0dddddddd' })];
    const body = aCallEvent({
      requestParameters: { groupId: GROUP, tagSpecificationSet: { items: [{ tags: [{ value: 'sg-0eeeeeeee' }] }] } },
      responseElements: { securityGroupRuleSet: { items } },
    });
    expect(touched(body)).toMatchObject({ groupIds: [GROUP] });
    expect(parseFirewallEvent(body).opened[0]?.shape?.description).toBe('sg-0dddddddd');
  });

  it('counts ingress rules only, and is ignored when it has none', () => {
    const egress = anAuthorizedRule({ isEgress: true, securityGroupRuleId: 'sgr-0ffffffff' });
    const both = parseFirewallEvent(
      aCallEvent({ responseElements: { securityGroupRuleSet: { items: [egress, anAuthorizedRule()] } } }),
    );
    expect(both.opened.map(({ ruleId }) => ruleId)).toEqual(['sgr-0123456789abcdef0']);
    const none = parseFirewallEvent(aCallEvent({ responseElements: { securityGroupRuleSet: { items: [egress] } } }));
    expect(none).toMatchObject({ opened: [], ignored: 'only egress rules' });
  });
});

describe('a ModifySecurityGroupRules event', () => {
  const request = (rules: unknown) =>
    call('ModifySecurityGroupRules', {
      ModifySecurityGroupRulesRequest: { GroupId: GROUP, SecurityGroupRule: rules },
    });
  const rule = (id: string, over: Record<string, unknown> = {}) => ({
    SecurityGroupRuleId: id,
    SecurityGroupRule: {
      IpProtocol: 'tcp',
      FromPort: 20,
      ToPort: 30,
      CidrIpv4: '0.0.0.0/0',
      Description: 'ops',
      ...over,
    },
    tag: 1,
  });

  it('reads one rule that is not in a list', () => {
    expect(parseFirewallEvent(request(rule('sgr-0aaaaaaaa'))).opened).toEqual([
      {
        ruleId: 'sgr-0aaaaaaaa',
        groupId: GROUP,
        shape: {
          protocol: 'tcp',
          fromPort: 20,
          toPort: 30,
          source: { kind: 'ipv4', cidr: '0.0.0.0/0' },
          description: 'ops',
        },
      },
    ]);
  });

  it('reads several, and leaves open what one does not say', () => {
    const event = parseFirewallEvent(
      request([
        rule('sgr-0aaaaaaaa'),
        rule('sgr-0bbbbbbbb', { CidrIpv4: undefined }),
        { SecurityGroupRuleId: 'sgr-0cccccccc' },
      ]),
    );
    expect(event.opened.map(({ ruleId, shape }) => [ruleId, shape !== null])).toEqual([
      ['sgr-0aaaaaaaa', true],
      ['sgr-0bbbbbbbb', false],
      ['sgr-0cccccccc', false],
    ]);
    expect(event.touched).toMatchObject({
      groupIds: [GROUP],
      ruleIds: ['sgr-0aaaaaaaa', 'sgr-0bbbbbbbb', 'sgr-0cccccccc'],
    });
  });
});

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
    expect(touched(call(name, request))).toEqual(expected);
  });

  it.each([
    ['SetSecurityGroups', { loadBalancerArn: 'loadbalancer/app/web/50dc6c495c0c9188' }],
    ['ModifyListener', { listenerArn: 'listener/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2' }],
  ])('%s of a load balancer touches the load balancer', (name, request) => {
    const prefix = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:';
    const arns = Object.fromEntries(Object.entries(request).map(([key, value]) => [key, prefix + value]));
    expect(touched(call(name, arns, null, 'aws.elasticloadbalancing'))).toEqual({
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
    expect(touched(call('RunInstances', request, answer))).toEqual({
      instanceIds: ['i-0aaaaaaaa'],
      interfaceIds: ['eni-0bbbbbbbb'],
    });
    expect(parseFirewallEvent(call('RunInstances', request)).ignored).toBe(
      'it names no instance: each is looked at when it runs',
    );
  });

  it('a database that becomes public is about everything, one that grows is not', () => {
    const at = (request: unknown) => parseFirewallEvent(call('ModifyDBInstance', request, null, 'aws.rds'));
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

describe('who did it', () => {
  it.each([
    [
      { type: 'IAMUser', arn: 'arn:aws:iam::123456789012:user/zoe', principalId: 'AIDA' },
      { arn: 'arn:aws:iam::123456789012:user/zoe', kind: 'IAMUser', principalId: 'AIDA', sessionIssuer: null },
    ],
    [
      { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' },
      { arn: 'autoscaling.amazonaws.com', kind: 'AWSService', principalId: null, sessionIssuer: null },
    ],
    [
      { type: 'AssumedRole', sessionContext: {} },
      { arn: null, kind: 'AssumedRole', principalId: null, sessionIssuer: null },
    ],
  ])('is read from %o', (userIdentity, actor) => {
    expect(parseFirewallEvent(aCallEvent({ userIdentity })).actor).toEqual(actor);
  });
});

describe('an event that nothing has to be done about', () => {
  it.each([
    [aCallEvent({ errorCode: 'Client.UnauthorizedOperation' }), 'the call failed: Client.UnauthorizedOperation'],
    [aCallEvent({ errorCode: 'Client.DryRunOperation' }), 'the call failed: Client.DryRunOperation'],
    [
      aCallEvent({ eventName: 'AuthorizeSecurityGroupEgress' }),
      'AuthorizeSecurityGroupEgress of aws.ec2 is not watched',
    ],
    [aCallEvent({ eventName: 'CreateListener' }), 'CreateListener of aws.ec2 is not watched'],
  ])('says why', (body, why) => {
    expect(parseFirewallEvent(body)).toMatchObject({ ignored: why, opened: [], touched: { everything: false } });
  });
});

describe('a body that is no event', () => {
  it.each([
    [null, 'the body: Invalid input'],
    ['text', 'the body: Invalid input'],
    [{}, 'id: Invalid input'],
    [aCallEvent({}, { 'detail-type': 'Scheduled Event' }), 'detail-type "Scheduled Event" is not watched'],
    [aCallEvent({}, { account: '123' }), 'account: an account of 12 digits is needed'],
    [aCallEvent({ awsRegion: 'X' }), 'awsRegion: the name of a Region is needed'],
    [aCallEvent({ eventTime: 'yesterday' }), 'eventTime: a time in ISO 8601 is needed'],
    [aCallEvent({ eventTime: '0000-01-01T00:00:00+23:00' }), 'eventTime: a time of this millennium is needed'],
    [aCallEvent({ eventID: '' }), 'eventID: an id of 1 to 128 visible characters is needed'],
    [aCallEvent({ userIdentity: null }), 'userIdentity: Invalid input'],
    [aCallEvent({ responseElements: { securityGroupRuleSet: { items: 7 } } }), 'securityGroupRuleSet.items.0'],
    [
      aCallEvent({ eventName: 'ModifySecurityGroupRules', requestParameters: null }),
      'the body: Invalid input: expected object',
    ],
    [aStateEvent('not-an-instance'), 'instance-id'],
  ])('%# is poison that says what is wrong', (body, what) => {
    expect(() => parseFirewallEvent(body)).toThrow(expect.objectContaining({ code: 'POISON' }));
    expect(() => parseFirewallEvent(body)).toThrow(what);
  });
});

describe('the catalogue of watched events', () => {
  it('has only calls that are read as being about something', () => {
    for (const { source, detailType, eventNames } of WATCHED_EVENTS) {
      if (detailType !== API_CALL) continue;
      for (const eventName of eventNames) {
        if (eventName === 'ModifySecurityGroupRules') continue;
        const event = parseFirewallEvent(call(eventName, { publiclyAccessible: true }, null, source));
        expect({ eventName, ignored: event.ignored === null || eventName === 'RunInstances' }).toEqual({
          eventName,
          ignored: true,
        });
      }
    }
  });

  it('names every call once', () => {
    const names = WATCHED_EVENTS.flatMap((row) => row.eventNames as readonly string[]);
    expect(new Set(names).size).toBe(names.length);
  });
});
