import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attribution, attributionsOf, withAttributions } from '../../../core/attribution/attribution.ts';
import { openerOf, openerText, UNKNOWN_OPENER } from '../../../core/attribution/opener.ts';
import { parseFirewallEvent } from '../../../core/events/parse-event.ts';
import type { Breadth } from '../../../core/net/breadth.ts';
import { anAttribution } from '../../builders/attribution.ts';
import { aCallEvent } from '../../builders/cloud-event.ts';

const OUR_ROLE = 'arn:aws:iam::123456789012:role/portcullis-remediator';
const admission = (ruleId: string, breadth: Breadth = 'internet') => ({ ruleId, breadth });
const histories = (...all: Attribution[][]) => new Map(all.map((history) => [history[0]?.ruleId ?? '', history]));
const EARLY = '2026-03-01T08:00:00.000Z';
const LATE = '2026-03-01T10:00:00.000Z';

describe('what an event says about the rules it opened', () => {
  it('is who, when, from where and how, one row a rule', () => {
    expect(attributionsOf(parseFirewallEvent(aCallEvent()), new Set())).toEqual([
      anAttribution({
        ruleId: 'sgr-0123456789abcdef0',
        groupId: 'sg-0aaaaaaaaaaaaaaaa',
        eventId: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      }),
    ]);
  });

  it('says that a change was our own, made with the role of the remediator', () => {
    const sessionContext = { sessionIssuer: { arn: OUR_ROLE } };
    const body = aCallEvent({
      userIdentity: {
        type: 'AssumedRole',
        arn: 'arn:aws:sts::123456789012:assumed-role/portcullis-remediator/x',
        sessionContext,
      },
    });
    expect(attributionsOf(parseFirewallEvent(body), new Set([OUR_ROLE]))[0]?.byUs).toBe(true);
    expect(attributionsOf(parseFirewallEvent(body), new Set())[0]?.byUs).toBe(false);
  });
});

describe('the history of a rule', () => {
  it('is the same in whatever order events come, and however often', () => {
    const event = fc
      .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 59 }))
      .map(([id, second]) =>
        anAttribution({ eventId: `e-${id}`, at: `2026-03-01T09:00:${String(second).padStart(2, '0')}.000Z` }),
      );
    const events = fc.uniqueArray(event, { selector: ({ eventId }) => eventId, maxLength: 21 });
    const orders = events.chain((list) =>
      fc.record({ list: fc.constant(list), again: fc.shuffledSubarray([...list, ...list], { minLength: 0 }) }),
    );
    fc.assert(
      fc.property(orders, ({ list, again }) => {
        const inOrder = list.reduce<Attribution[]>((known, one) => withAttributions(known, [one]), []);
        const disordered = [...again, ...list].reduce<Attribution[]>(
          (known, one) => withAttributions(known, [one]),
          [],
        );
        expect(disordered).toEqual(inOrder);
        expect(withAttributions([], [...list].reverse())).toEqual(inOrder);
        expect(inOrder.length).toBe(Math.min(10, list.length));
      }),
    );
  });
});

describe('who opened a port', () => {
  it('is whoever made the rule that lets it in', () => {
    const { by, text } = openerOf([admission('sgr-1')], histories([anAttribution()]));
    expect(by).toEqual(anAttribution());
    expect(text).toBe(
      'arn:aws:sts::123456789012:assumed-role/admin/zoe created sgr-1 at 2026-03-01T09:00:00.000Z from 203.0.113.9',
    );
  });

  it('is said to be unknown when nobody is known', () => {
    expect(openerOf([admission('sgr-1')], new Map())).toEqual({
      by: null,
      rules: [{ ruleId: 'sgr-1', by: null }],
      text: UNKNOWN_OPENER,
    });
    expect(openerOf([], new Map())).toEqual({ by: null, rules: [], text: UNKNOWN_OPENER });
  });

  it('is the last to change the rule', () => {
    const changed = anAttribution({ eventId: 'e-2', at: LATE, how: 'changed', actor: 'arn:aws:iam::1:user/bob' });
    expect(openerOf([admission('sgr-1')], histories([changed, anAttribution()])).by).toEqual(changed);
  });

  it('is the first of two rules that are equally wide', () => {
    const second = anAttribution({ ruleId: 'sgr-2', eventId: 'e-2', at: EARLY, actor: 'arn:aws:iam::1:user/bob' });
    const opener = openerOf([admission('sgr-1'), admission('sgr-2')], histories([anAttribution()], [second]));
    expect(opener.by).toEqual(second);
    expect(opener.rules).toEqual([
      { ruleId: 'sgr-1', by: anAttribution() },
      { ruleId: 'sgr-2', by: second },
    ]);
  });

  it('is unknown when one of them is unknown: it may have been first', () => {
    const opener = openerOf([admission('sgr-1'), admission('sgr-2')], histories([anAttribution()]));
    expect(opener.by).toBeNull();
    expect(opener.rules[0]?.by).toEqual(anAttribution());
  });

  it('is not the one of a narrower rule', () => {
    const narrow = anAttribution({ ruleId: 'sgr-2', at: EARLY, eventId: 'e-2' });
    const all = histories([anAttribution()], [narrow]);
    expect(openerOf([admission('sgr-1'), admission('sgr-2', 'single')], all).by).toEqual(anAttribution());
    expect(openerOf([admission('sgr-1', 'wide'), admission('sgr-9', 'single')], all).by).toEqual(anAttribution());
  });

  it('is not us when we only took something away', () => {
    const ours = anAttribution({ eventId: 'e-2', at: LATE, how: 'changed', byUs: true });
    expect(openerOf([admission('sgr-1')], histories([ours, anAttribution()])).by).toEqual(anAttribution());
  });

  it('is us for a rule that we split off', () => {
    const ours = anAttribution({ byUs: true });
    expect(openerOf([admission('sgr-1')], histories([ours])).text).toBe(
      'Portcullis created sgr-1 at 2026-03-01T09:00:00.000Z from 203.0.113.9',
    );
  });

  it('says what is known of a caller without a name', () => {
    expect(openerText(anAttribution({ actor: null, actorKind: 'AWSAccount', sourceIp: null }))).toBe(
      'somebody (AWSAccount) created sgr-1 at 2026-03-01T09:00:00.000Z',
    );
  });
});
