import { messageOf } from '../errors.ts';
import type { Gain } from '../exposure/admitted.ts';
import { PortSet } from '../net/port-set.ts';
import type { AdmittedStore } from '../ports/admitted-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { AlertSink } from '../ports/queues.ts';
import { minutes, msBetween } from '../time.ts';
import type { Alert, AlertItem } from './alert.ts';

/** An opening later than this after the change is not the work of the change's own probes: the last goes out after five minutes. */
const FOLLOWS_WITHIN_MS = minutes(6);

const OPENINGS = new Set(['found', 'opened', 'reopened']);

export interface MeasuredSinkPorts {
  sink: AlertSink;
  admitted: Pick<AdmittedStore, 'get'>;
  clock: Clock;
  log: Log;
  metrics: Metrics;
}

/** A sink that says, after an alert is out, how long after the change that let the port in that was. Changes nothing about the alert. */
export function measuredSink({ sink, admitted, clock, log, metrics }: MeasuredSinkPorts): AlertSink {
  return {
    async publish(alert) {
      await sink.publish(alert);
      try {
        const gain = (await admitted.get(alert.address))?.gain ?? null;
        if (gain !== null) measure(alert, gain, clock.now(), metrics);
      } catch (error) {
        // The alert is out: failing now would send it again.
        log.warn('how long an alert took could not be measured', { alert: alert.id, reason: messageOf(error) });
      }
    },
  };
}

/** The opening that people waited for longest. A change that no event told of has no known time. */
function measure(alert: Alert, gain: Gain, now: string, metrics: Metrics): void {
  const ports = PortSet.parse(gain.ports);
  const openedAt = alert.items.filter((item) => follows(item, gain, ports)).map(({ at }) => at);
  const first = openedAt.toSorted()[0];
  if (first === undefined) return;
  metrics.latency('alerted', msBetween(first, now));
  if (!gain.late) metrics.latency('total', msBetween(gain.at, now));
}

function follows({ kind, port, at }: AlertItem, gain: Gain, ports: PortSet): boolean {
  const sinceMs = msBetween(gain.evaluatedAt, at);
  return OPENINGS.has(kind) && ports.has(port) && sinceMs >= 0 && sinceMs <= FOLLOWS_WITHIN_MS;
}
