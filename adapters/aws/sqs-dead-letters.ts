import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetters } from '../../core/ports/dead-letters.ts';

/** Enough for any sentence; the body must still fit beside it. */
const MAX_REASON_CHARACTERS = 1_000;

/** Keeps letters on the dead-letter queue at `url`, with the message attributes `reason` and `messageId` (of the message as received). */
export function sqsDeadLetters(sqs: SQSClient, url: string): DeadLetters {
  return {
    async keep({ messageId, body, reason }) {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageBody: body,
          MessageAttributes: {
            reason: { DataType: 'String', StringValue: printable(reason) },
            messageId: { DataType: 'String', StringValue: messageId },
          },
        }),
      );
    },
  };
}

/** Attributes take no control characters and must not be empty. */
function printable(text: string): string {
  const clean = text.replaceAll(/[^\x20-\x7E\u00A0-\uD7FF\uE000-\uFFFD]/g, '?').slice(0, MAX_REASON_CHARACTERS);
  return clean || 'no reason given';
}
