import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { SQSClient } from '@aws-sdk/client-sqs';

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;
const LOOK_EVERY_MS = 100;

/** Resolves once every queue was empty in two looks in a row between which nothing was handled. */
export async function waitUntilDrained(options: {
  readonly sqs: SQSClient;
  readonly urls: readonly string[];
  /** Messages received so far. */
  readonly handled: () => number;
  /** Is a handler at work? */
  readonly busy: () => boolean;
  readonly signal?: AbortSignal;
}): Promise<void> {
  let quietSince: number | null = null;
  for (;;) {
    options.signal?.throwIfAborted();
    const before = options.handled();
    const empty = !options.busy() && (await allEmpty(options.sqs, options.urls)) && !options.busy();
    if (!empty || options.handled() !== before) quietSince = null;
    else if (quietSince === before) return;
    else quietSince = before;
    await sleep(LOOK_EVERY_MS, undefined, options.signal && { signal: options.signal });
  }
}

async function allEmpty(sqs: SQSClient, urls: readonly string[]): Promise<boolean> {
  for (const url of urls) {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...COUNTS] }),
    );
    if (COUNTS.some((name) => Attributes[name] !== '0')) return false;
  }
  return true;
}
