import { AlertRequest } from '../../core/alerting/alert.ts';
import { measuredSink } from '../../core/alerting/measured-sink.ts';
import type { AdmittedStore } from '../../core/ports/admitted-store.ts';
import type { DeadLetters } from '../../core/ports/dead-letters.ts';
import type { Log } from '../../core/ports/log.ts';
import { type Metrics, NO_METRICS } from '../../core/ports/metrics.ts';
import { type AnnouncePorts, makeAnnounce } from '../../core/stages/announce.ts';
import { type SqsConsumer, sqsConsumer } from '../sqs-consumer.ts';

/** Queue `alerts` -> topic. */
export function makeAlertFunction(
  ports: AnnouncePorts & { log: Log; admitted: AdmittedStore; metrics?: Metrics },
  deadLetters: DeadLetters,
): SqsConsumer {
  const sink = measuredSink({ ...ports, metrics: ports.metrics ?? NO_METRICS });
  return sqsConsumer(AlertRequest, makeAnnounce({ ...ports, sink }), { deadLetters, log: ports.log });
}
