import { API_CALL, INSTANCE_STATE } from '../../core/events/watched-events.ts';

/** One rule as AuthorizeSecurityGroupIngress answers it. */
export function anAuthorizedRule(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    groupOwnerId: '123456789012',
    groupId: 'sg-0aaaaaaaaaaaaaaaa',
    securityGroupRuleId: 'sgr-0123456789abcdef0',
    isEgress: false,
    ipProtocol: 'tcp',
    fromPort: 22,
    toPort: 22,
    cidrIpv4: '0.0.0.0/0',
    ...over,
  };
}

/** `detail` of an API call: AuthorizeSecurityGroupIngress of tcp 22 to everyone, by a person with a role. */
function aCallDetail(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    eventVersion: '1.10',
    userIdentity: {
      type: 'AssumedRole',
      principalId: 'AROAEXAMPLE:zoe',
      arn: 'arn:aws:sts::123456789012:assumed-role/admin/zoe',
      accountId: '123456789012',
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: 'AROAEXAMPLE',
          arn: 'arn:aws:iam::123456789012:role/admin',
          accountId: '123456789012',
          userName: 'admin',
        },
        attributes: { creationDate: '2026-03-01T08:00:00Z', mfaAuthenticated: 'true' },
      },
    },
    eventTime: '2026-03-01T09:00:00Z',
    eventSource: 'ec2.amazonaws.com',
    eventName: 'AuthorizeSecurityGroupIngress',
    awsRegion: 'eu-central-1',
    sourceIPAddress: '203.0.113.9',
    userAgent: 'aws-cli/2.15.0',
    requestParameters: { groupId: 'sg-0aaaaaaaaaaaaaaaa', ipPermissions: { items: [] } },
    responseElements: { _return: true, securityGroupRuleSet: { items: [anAuthorizedRule()] } },
    requestID: '11111111-2222-3333-4444-555555555555',
    eventID: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '123456789012',
    ...over,
  };
}

/** An API call as EventBridge delivers it; `detail` changes fields of it. */
export function aCallEvent(
  detail: Record<string, unknown> = {},
  envelope: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    version: '0',
    id: '99999999-8888-7777-6666-555555555555',
    'detail-type': API_CALL,
    source: 'aws.ec2',
    account: '123456789012',
    time: '2026-03-01T09:00:00Z',
    region: 'eu-central-1',
    resources: [],
    detail: aCallDetail(detail),
    ...envelope,
  };
}

export function aStateEvent(instanceId = 'i-0123456789abcdef0', state = 'running'): Record<string, unknown> {
  return aCallEvent(
    {},
    {
      'detail-type': INSTANCE_STATE,
      time: '2026-03-01T09:00:05Z',
      resources: [`arn:aws:ec2:eu-central-1:123456789012:instance/${instanceId}`],
      detail: { 'instance-id': instanceId, state },
    },
  );
}

/** A call by its name, with its request and answer. */
export function aCall(
  eventName: string,
  requestParameters: unknown,
  responseElements: unknown = null,
  source = 'aws.ec2',
): Record<string, unknown> {
  return aCallEvent({ eventName, requestParameters, responseElements }, { source });
}
