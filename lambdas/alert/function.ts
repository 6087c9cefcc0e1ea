import { AlertRequest } from '../../core/alerting/alert.ts';
import type { DeadLetters } from '../../core/ports/dead-letters.ts';
import type { Log } from '../../core/ports/log.ts';
import { type AnnouncePorts, makeAnnounce } from '../../core/stages/announce.ts';
import { type SqsConsumer, sqsConsumer } from '../sqs-consumer.ts';

/** Queue `alerts` -> topic. */
export function makeAlertFunction(ports: AnnouncePorts & { log: Log }, deadLetters: DeadLetters): SqsConsumer {
  return sqsConsumer(AlertRequest, makeAnnounce(ports), { deadLetters, log: ports.log });
}
