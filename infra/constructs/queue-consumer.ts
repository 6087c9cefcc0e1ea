import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { QUEUES } from '../../core/deployment/resources.ts';
import type { PortcullisFunction } from './portcullis-function.ts';
import type { WorkQueue } from './queues.ts';

/**
 * Runs a function for what is on a queue. It answers for each message, and what can never work it puts on the dead-letter queue itself.
 * `atOnce`: most invocations of it at once, 2 at least (SQS allows no less).
 */
export function consumeQueue({ lambda }: PortcullisFunction, work: WorkQueue, atOnce: number): void {
  lambda.addEventSource(
    new SqsEventSource(work.queue, {
      batchSize: QUEUES[work.name].batchSize,
      reportBatchItemFailures: true,
      maxConcurrency: atOnce,
    }),
  );
  work.deadLetters.grantSendMessages(lambda);
}
