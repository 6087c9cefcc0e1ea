import { describe, expect, it } from 'vitest';
import { parseFirewallEvent } from '../../../core/events/parse-event.ts';
import { API_CALL, WATCHED_EVENTS } from '../../../core/events/watched-events.ts';
import { aCall } from '../../builders/cloud-event.ts';

describe('the catalogue of watched events', () => {
  it('has only calls that are read as being about something', () => {
    for (const { source, detailType, eventNames } of WATCHED_EVENTS) {
      if (detailType !== API_CALL) continue;
      for (const eventName of eventNames) {
        if (eventName === 'ModifySecurityGroupRules') continue;
        const event = parseFirewallEvent(aCall(eventName, { publiclyAccessible: true }, null, source));
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
