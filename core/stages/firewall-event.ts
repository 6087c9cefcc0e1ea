import { attributionsOf, isOurs } from '../attribution/attribution.ts';
import type { CloudNetwork, Place } from '../cloud/network.ts';
import { affectedAddresses } from '../events/affected.ts';
import { unionOf } from '../events/event-ids.ts';
import type { FirewallEvent } from '../events/firewall-event.ts';
import type { AttributionStore } from '../ports/attribution-store.ts';
import type { CloudReader } from '../ports/cloud.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { SeenEvents } from '../ports/seen-events.ts';
import { type Instant, msBetween } from '../time.ts';
import { compareAdmitted, type CompareAdmittedPorts, type Occasion } from './compare-admitted.ts';
import { makeReadAffected, type ReadAffected } from './read-affected.ts';

export interface FirewallEventPorts extends CompareAdmittedPorts {
  log: Log;
  metrics: Metrics;
  reader: CloudReader;
  attributions: AttributionStore;
  seenEvents: SeenEvents;
  /** ARNs of the roles that Portcullis changes rules with. */
  ourRoles: ReadonlySet<string>;
}

/** What became of one event: one that is not ok is tried again. */
export type EventEnded = { ok: true } | { ok: false; error: unknown };

/**
 * Takes a batch of events: records who opened which rule, reads what they bear on, and probes what is let in now and was not before. Events
 * of one account and Region are one piece of work, so that those of one group cost one read; what was dealt with before costs nothing.
 * An account that cannot be read fails its own events only. Resolves to one outcome an event, in their order.
 */
export function makeFirewallEvents(
  ports: FirewallEventPorts,
): (events: readonly FirewallEvent[]) => Promise<EventEnded[]> {
  const readAffected = makeReadAffected(ports.reader);
  return async function firewallEvents(events) {
    const receivedAt = ports.clock.now();
    const failed = new Map<string, unknown>();
    for (const { name, eventId, ignored } of events) {
      if (ignored !== null) ports.log.info('an event is passed over', { event: eventId, name, reason: ignored });
    }
    const seen = await ports.seenEvents.seen(events.map(({ eventId }) => eventId));
    const fresh = new Map(
      events.filter(({ eventId, ignored }) => ignored === null && !seen.has(eventId)).map((one) => [one.eventId, one]),
    );
    const byPlace = Map.groupBy(fresh.values(), ({ place }) => `${place.account} ${place.region}`);
    for (const some of byPlace.values()) {
      try {
        await takeEvents(ports, readAffected, some, receivedAt);
      } catch (error) {
        for (const { eventId } of some) failed.set(eventId, error);
      }
    }
    return events.map(({ eventId }) =>
      failed.has(eventId) ? { ok: false, error: failed.get(eventId) } : { ok: true },
    );
  };
}

/** Events of one account and Region, each once. */
async function takeEvents(
  ports: FirewallEventPorts,
  readAffected: ReadAffected,
  events: readonly FirewallEvent[],
  receivedAt: Instant,
): Promise<void> {
  const [first] = events;
  if (first === undefined) return;
  const { place } = first;
  // Before anything that can fail: who did it is known now, whatever becomes of the rest.
  await ports.attributions.put(events.flatMap((event) => attributionsOf(event, ports.ourRoles)));
  for (const { at } of events) ports.metrics.latency('received', msBetween(at, receivedAt));
  if (ports.reader.places.some((one) => one.account === place.account && one.region === place.region)) {
    await evaluateEvents(ports, readAffected, place, events, receivedAt);
  } else {
    ports.log.warn(
      'an event is from an account or a Region that is not watched: give it under aws in the configuration',
      {
        account: place.account,
        region: place.region,
      },
    );
  }
  await ports.seenEvents.add(
    events.map(({ eventId }) => eventId),
    ports.clock.now(),
  );
}

async function evaluateEvents(
  ports: FirewallEventPorts,
  readAffected: ReadAffected,
  place: Place,
  events: readonly FirewallEvent[],
  receivedAt: Instant,
): Promise<void> {
  const stored = (await ports.admitted.list()).filter(
    ({ account, region }) => account === place.account && region === place.region,
  );
  const touched = unionOf(events.map((event) => event.touched));
  const changedAt = events.map(({ at }) => at).reduce((a, b) => (a > b ? a : b));
  const ours = events.every(({ actor }) => isOurs(actor, ports.ourRoles));
  const ids = events.map(({ eventId }) => eventId).sort();
  for (const { network, addresses } of await readAffected(place, touched, stored, changedAt)) {
    for (const reason of network.unread) ports.log.warn('a call to the cloud is refused', { ...place, reason });
    const { evaluatedAt, gained, lost } = await compareAdmitted(
      ports,
      network,
      addresses,
      new Set(stored.map(({ address }) => address)),
      occasionOf([...ids, [...addresses][0] ?? ''], network, events, receivedAt, ours),
    );
    ports.metrics.latency('evaluated', msBetween(receivedAt, evaluatedAt));
    ports.log.info('rules are compared', {
      ...place,
      events: events.length,
      addresses: addresses.size,
      gained: gained.size,
      lost: lost.size,
    });
  }
}

function occasionOf(
  ids: readonly string[],
  network: CloudNetwork,
  events: readonly FirewallEvent[],
  receivedAt: Instant,
  ours: boolean,
): Occasion {
  const inOrder = events.toSorted((a, b) => (a.at === b.at ? (a.eventId < b.eventId ? -1 : 1) : a.at < b.at ? -1 : 1));
  const bearing = inOrder.map((event) => ({ event, on: affectedAddresses(network, event.touched) }));
  return {
    name: [...ids, network.account, network.region].join(' '),
    receivedAt,
    eventAt: (address) => bearing.find(({ on }) => on.has(address))?.event ?? inOrder[0] ?? null,
    baseline: false,
    ours,
  };
}
