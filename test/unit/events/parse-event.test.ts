import { describe, expect, it } from 'vitest';
import { parseFirewallEvent } from '../../../core/events/parse-event.ts';
import { aCallEvent, aStateEvent } from '../../builders/cloud-event.ts';

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
