import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { Shard } from '../../core/planning/shard.ts';
import type { DeadLetters } from '../../core/ports/dead-letters.ts';
import type { ReceivedShard, ShardSource } from '../../core/ports/shard-source.ts';

export interface SqsShardSourceOptions {
  /** A client made with `useQueueUrlAsEndpoint: false`. */
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly deadLetters: DeadLetters;
  /** How long a received shard stays hidden, seconds. */
  readonly visibilitySeconds: number;
}

/** Far more than are under way at once. */
const MOST_HELD = 1_000;

/** A shard queue on SQS, by long polling. */
export function sqsShardSource(options: SqsShardSourceOptions): ShardSource {
  const { sqs, queueUrl: QueueUrl, deadLetters, visibilitySeconds } = options;
  /** What is under way, for `poison`; oldest first. */
  const held = new Map<string, Message>();

  const remove = async (ReceiptHandle: string): Promise<void> => {
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    held.delete(ReceiptHandle);
  };
  const setVisibility = async (ReceiptHandle: string, VisibilityTimeout: number): Promise<void> => {
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
  };
  const poison = async (handle: string, reason: string): Promise<void> => {
    const message = held.get(handle);
    if (message === undefined)
      throw new Error('this shard is not held: it was received by another source or settled already');
    await deadLetters.keep({ messageId: message.MessageId ?? '', body: message.Body ?? '', reason });
    await remove(handle);
  };

  return {
    visibilitySeconds,
    async receive({ waitSeconds, signal }): Promise<ReceivedShard | undefined> {
      if (signal?.aborted === true) return undefined;
      const message = await receiveOne(
        sqs,
        { QueueUrl, WaitTimeSeconds: waitSeconds, VisibilityTimeout: visibilitySeconds },
        signal,
      );
      if (message?.ReceiptHandle === undefined) return undefined;
      held.set(message.ReceiptHandle, message);
      // A shard that failed is left to its visibility timeout, and comes back under another handle.
      const [oldest] = held.keys();
      if (held.size > MOST_HELD && oldest !== undefined) held.delete(oldest);
      const read = readShard(message.Body ?? '');
      if ('shard' in read) return { shard: read.shard, handle: message.ReceiptHandle };
      await poison(message.ReceiptHandle, read.reason);
      return undefined;
    },
    extend: setVisibility,
    async giveBack(handle) {
      await setVisibility(handle, 0);
      held.delete(handle);
    },
    done: remove,
    poison,
  };
}

async function receiveOne(
  sqs: SQSClient,
  input: { QueueUrl: string; WaitTimeSeconds: number; VisibilityTimeout: number },
  signal: AbortSignal | undefined,
): Promise<Message | undefined> {
  try {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ ...input, MaxNumberOfMessages: 1 }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    return Messages?.[0];
  } catch (thrown) {
    if (signal?.aborted === true) return undefined;
    throw thrown;
  }
}

function readShard(body: string): { shard: Shard } | { reason: string } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { reason: 'the body is not JSON' };
  }
  const parsed = Shard.safeParse(json);
  if (parsed.success) return { shard: parsed.data };
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the body'}: ${issue.message}`);
  return { reason: `the body is not a shard: ${issues.slice(0, 5).join('; ')}` };
}
