import { Alert } from '../../core/alerting/alert.ts';
import type { DeadLetters } from '../../core/ports/dead-letters.ts';
import type { Log } from '../../core/ports/log.ts';
import { type SqsConsumer, sqsConsumer } from '../../lambdas/sqs-consumer.ts';

/** Topic `portcullis-alerts`, delivered raw -> whatever shows alerts on this machine. */
export function makeNotificationFunction(
  deliver: (alert: Alert) => Promise<void>,
  deadLetters: DeadLetters,
  log: Log,
): SqsConsumer {
  return sqsConsumer(Alert, deliver, { deadLetters, log });
}
