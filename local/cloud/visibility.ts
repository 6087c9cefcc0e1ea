import { ChangeMessageVisibilityBatchCommand } from '@aws-sdk/client-sqs';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { Log } from '../../core/ports/log.ts';
import { messageOf } from '../../core/errors.ts';

/** Extends the visibility timeout of received messages at every third of it, until the returned function is called. */
export function keepInvisible(options: {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly messages: readonly Message[];
  readonly visibilitySeconds: number;
  readonly log: Log;
}): () => void {
  const { sqs, queueUrl, messages, visibilitySeconds, log } = options;
  const extend = async (): Promise<void> => {
    try {
      await sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: queueUrl,
          Entries: messages.map((message, i) => ({
            Id: String(i),
            ReceiptHandle: message.ReceiptHandle,
            VisibilityTimeout: visibilitySeconds,
          })),
        }),
      );
    } catch (error) {
      // The message may be given out a second time meanwhile: consumers expect that.
      log.warn('could not extend the time of messages at work', { reason: messageOf(error) });
    }
  };
  const timer = setInterval(() => void extend(), (visibilitySeconds * 1_000) / 3);
  return () => clearInterval(timer);
}
