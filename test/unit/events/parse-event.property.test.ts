import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Poison } from '../../../core/errors.ts';
import { namesNothing } from '../../../core/events/event-ids.ts';
import type { FirewallEvent } from '../../../core/events/firewall-event.ts';
import { parseFirewallEvent } from '../../../core/events/parse-event.ts';
import { API_CALL, INSTANCE_STATE, WATCHED_EVENTS } from '../../../core/events/watched-events.ts';
import { aCallEvent } from '../../builders/cloud-event.ts';

/** `event` and `poison` for what may come out; anything else says what is wrong with it. */
function outcome(body: unknown): string {
  let event: FirewallEvent;
  try {
    event = parseFirewallEvent(body);
  } catch (error) {
    if (!(error instanceof Poison)) throw error;
    return error.message.startsWith('not an event') ? 'poison' : `poison without a reason: ${error.message}`;
  }
  if (!/^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(event.at)) return `at ${event.at}`;
  if (event.eventId === '' || !/^\d{12}$/.test(event.place.account)) return 'without its identity';
  if (event.ignored !== null && event.opened.length > 0) return 'ignored, although it opened a rule';
  if (event.ignored === null && !event.touched.everything && namesNothing(event.touched)) return 'about nothing';
  return 'event';
}

const ENDS = ['event', 'poison'];

const json = fc.jsonValue({ maxDepth: 4 });
const name = fc.constantFrom(...WATCHED_EVENTS.flatMap((row) => row.eventNames as readonly string[]), 'Other');

/** Paths of everything in a good event, to put something else there. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  return [[...path], ...Object.entries(value).flatMap(([key, each]) => pathsOf(each, [...path, key]))];
}

function withAt(value: unknown, path: readonly string[], put: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return put;
  const copy: Record<string, unknown> = { ...(value as Record<string, unknown>) };
  copy[key] = withAt(copy[key], rest, put);
  return Array.isArray(value) ? Object.values(copy) : copy;
}

describe('whatever is on the queue', () => {
  it('any JSON is an event or poison', () => {
    fc.assert(
      fc.property(json, (body) => {
        expect(ENDS).toContain(outcome(body));
      }),
      { numRuns: 500 },
    );
  });

  it('a good envelope around any JSON is an event or poison', () => {
    fc.assert(
      fc.property(fc.constantFrom(API_CALL, INSTANCE_STATE), json, (type, detail) => {
        expect(ENDS).toContain(outcome(aCallEvent({}, { 'detail-type': type, detail })));
      }),
      { numRuns: 500 },
    );
  });

  it('a good event with anything in place of one of its parts is an event or poison', () => {
    const good = aCallEvent();
    const places = pathsOf(good);
    fc.assert(
      fc.property(fc.constantFrom(...places), json, (path, put) => {
        expect(ENDS).toContain(outcome(withAt(good, path, put)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('any watched call with any parameters is an event or poison, and mostly an event', () => {
    let events = 0;
    fc.assert(
      fc.property(name, json, json, (eventName, requestParameters, responseElements) => {
        const ended = outcome(aCallEvent({ eventName, requestParameters, responseElements }));
        if (ended === 'event') events += 1;
        expect(ENDS).toContain(ended);
      }),
      { numRuns: 1_000 },
    );
    expect(events).toBeGreaterThan(500);
  });

  it('is read however deep it is nested and however long its texts are', () => {
    let deep: unknown = 'sg-0aaaaaaaa';
    for (let i = 0; i < 100_000; i += 1) deep = [deep];
    const event = parseFirewallEvent(
      aCallEvent({
        eventName: 'AssociateSecurityGroupVpc',
        requestParameters: { deep },
        responseElements: null,
        userAgent: 'x'.repeat(100_000),
      }),
    );
    expect(event.touched.groupIds).toEqual(['sg-0aaaaaaaa']);
    expect(event.userAgent).toHaveLength(512);
  });
});
