import * as z from 'zod';
import { Poison } from '../../core/errors.ts';
import type { FirewallEvent } from '../../core/events/firewall-event.ts';
import { parseFirewallEvent } from '../../core/events/parse-event.ts';
import type { DeadLetters } from '../../core/ports/dead-letters.ts';
import { type FirewallEventPorts, makeFirewallEvents } from '../../core/stages/firewall-event.ts';
import { type Outcome, outcomeOf, type SqsConsumer, sqsBatchConsumer } from '../sqs-consumer.ts';

/** Queue `firewall-events`, with events as EventBridge delivers them -> attributions, what is admitted, urgent shards. */
export function makeFirewallEventsFunction(ports: FirewallEventPorts, deadLetters: DeadLetters): SqsConsumer {
  const take = makeFirewallEvents(ports);
  return sqsBatchConsumer(
    z.unknown(),
    async (bodies) => {
      const read = bodies.map(parsed);
      const events = read.flatMap((one) => (one instanceof Poison ? [] : [one]));
      const ended = (await take(events)).values();
      return read.map((one): Outcome => {
        if (one instanceof Poison) return outcomeOf(one);
        const { value } = ended.next();
        return value?.ok === false ? outcomeOf(value.error) : { kind: 'done' };
      });
    },
    { deadLetters, log: ports.log },
  );
}

function parsed(body: unknown): FirewallEvent | Poison {
  try {
    return parseFirewallEvent(body);
  } catch (error) {
    if (error instanceof Poison) return error;
    throw error;
  }
}
