import { TOUCHED_NOTHING } from '../../core/events/event-ids.ts';
import type { FirewallEvent, Touched } from '../../core/events/firewall-event.ts';

/** zoe made rule sgr-1 in group sg-1 of 111122223333 in eu-west-1, at 08:59:58. */
export function aFirewallEvent(
  over: Partial<Omit<FirewallEvent, 'touched'>> & { touched?: Partial<Touched> } = {},
): FirewallEvent {
  return {
    eventId: 'e-1',
    name: 'AuthorizeSecurityGroupIngress',
    at: '2026-03-01T08:59:58.000Z',
    place: { account: '111122223333', region: 'eu-west-1' },
    actor: {
      arn: 'arn:aws:sts::111122223333:assumed-role/admin/zoe',
      kind: 'AssumedRole',
      principalId: 'AROAEXAMPLE:zoe',
      sessionIssuer: 'arn:aws:iam::111122223333:role/admin',
    },
    sourceIp: '203.0.113.9',
    userAgent: 'aws-cli/2.15.0',
    opened: [{ ruleId: 'sgr-1', groupId: 'sg-1', shape: null }],
    ignored: null,
    ...over,
    touched: { ...TOUCHED_NOTHING, ...(over.touched ?? { groupIds: ['sg-1'], ruleIds: ['sgr-1'] }) },
  };
}
