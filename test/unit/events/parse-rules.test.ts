import { describe, expect, it } from 'vitest';
import { parseFirewallEvent } from '../../../core/events/parse-event.ts';
import { aCall, aCallEvent, anAuthorizedRule } from '../../builders/cloud-event.ts';
import { touched } from '../../support/events/touched.ts';

const GROUP = 'sg-0aaaaaaaaaaaaaaaa';

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
    aCall('ModifySecurityGroupRules', {
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
