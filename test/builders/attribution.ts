import type { Attribution } from '../../core/attribution/attribution.ts';

/** zoe created sgr-1 at 09:00:00. */
export function anAttribution(over: Partial<Attribution> = {}): Attribution {
  return {
    ruleId: 'sgr-1',
    groupId: 'sg-1',
    account: '123456789012',
    region: 'eu-central-1',
    actor: 'arn:aws:sts::123456789012:assumed-role/admin/zoe',
    actorKind: 'AssumedRole',
    sessionIssuer: 'arn:aws:iam::123456789012:role/admin',
    sourceIp: '203.0.113.9',
    userAgent: 'aws-cli/2.15.0',
    eventId: 'e-1',
    eventName: 'AuthorizeSecurityGroupIngress',
    at: '2026-03-01T09:00:00.000Z',
    how: 'created',
    byUs: false,
    ...over,
  };
}
