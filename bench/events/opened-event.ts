import type { Instant } from '../../core/time.ts';

export interface OpenedRule {
  account: string;
  region: string;
  groupId: string;
  ruleId: string;
  port: number;
  at: Instant;
}

/** What EventBridge delivers after AuthorizeSecurityGroupIngress, with the fields that CloudTrail gives. */
export function openedEvent({ account, region, groupId, ruleId, port, at }: OpenedRule): unknown {
  const eventID = `bench-${ruleId}`;
  return {
    version: '0',
    id: eventID,
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.ec2',
    account,
    time: at,
    region,
    resources: [],
    detail: {
      eventVersion: '1.10',
      userIdentity: { type: 'IAMUser', principalId: 'AIDABENCH', arn: `arn:aws:iam::${account}:user/bench` },
      eventTime: at,
      eventSource: 'ec2.amazonaws.com',
      eventName: 'AuthorizeSecurityGroupIngress',
      awsRegion: region,
      sourceIPAddress: '203.0.113.9',
      userAgent: 'bench',
      requestParameters: { groupId },
      responseElements: {
        _return: true,
        securityGroupRuleSet: {
          items: [
            {
              groupOwnerId: account,
              groupId,
              securityGroupRuleId: ruleId,
              isEgress: false,
              ipProtocol: 'tcp',
              fromPort: port,
              toPort: port,
              cidrIpv4: '0.0.0.0/0',
            },
          ],
        },
      },
      eventID,
      eventType: 'AwsApiCall',
      recipientAccountId: account,
    },
  };
}
