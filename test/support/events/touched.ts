import { parseFirewallEvent } from '../../../core/events/parse-event.ts';

/** The kinds of touched ids of an event that hold something. */
export function touched(body: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parseFirewallEvent(body).touched).filter(([, ids]) => ids === true || ids.length > 0),
  );
}
