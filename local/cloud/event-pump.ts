import { randomUUID } from 'node:crypto';
import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent } from 'aws-lambda';
import type { Log } from '../../core/ports/log.ts';
import { messageOf } from '../../core/errors.ts';
import { waitUntilDrained } from './drained.ts';
import { contextOf, failuresOf, sqsEventOf } from './sqs-event.ts';
import { keepInvisible } from './visibility.ts';

export interface PumpedQueue {
  /** For logs and the function's name. */
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  /** Messages in one event, 1-10. */
  readonly batchSize: number;
  /** Events handled at the same time. */
  readonly concurrency: number;
  /** What the function's timeout would be, seconds: only said, never enforced, since nothing can stop a function of this process. */
  readonly timeoutSeconds: number;
  readonly handler: (event: SQSEvent, context: Context) => Promise<unknown>;
}

export interface PumpOptions {
  readonly sqs: SQSClient;
  readonly region: string;
  /** Visibility timeout of the queues, seconds; it is extended while a handler works. */
  readonly visibilitySeconds: number;
  readonly queues: readonly PumpedQueue[];
  /** Queues that somebody else consumes and that `drained` waits for too. */
  readonly alsoWatched?: readonly string[];
  readonly log: Log;
}

export interface PumpStats {
  readonly received: number;
  readonly deleted: number;
  /** Left to the visibility timeout. */
  readonly failed: number;
  readonly inFlight: number;
}

export interface EventPump {
  stats(): Readonly<Record<string, PumpStats>>;
  /** Resolves once no queue, or none of these, holds a message, visible, delayed or in flight, and no handler works. Rejects when `signal` aborts. */
  drained(signal?: AbortSignal, only?: readonly string[]): Promise<void>;
  /** Receives nothing more and resolves once what was received is handled. */
  stop(): Promise<void>;
}

/** The longest SQS allows: an idle queue costs three requests a minute. */
const LONG_POLL_SECONDS = 20;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/** Takes the place of event-source mappings: receives, calls the handler with a real SQSEvent, deletes what succeeded. */
export function startEventPump(options: PumpOptions): EventPump {
  const pumps = options.queues.map((queue) => startQueuePump(queue, options));
  const every = [...options.queues.map((queue) => queue.url), ...(options.alsoWatched ?? [])];
  const urlsOf = (names: readonly string[]): string[] =>
    options.queues.filter(({ name }) => names.includes(name)).map(({ url }) => url);
  const handled = (): number => pumps.reduce((sum, pump) => sum + pump.stats().received, 0);
  const busy = (): boolean => pumps.some((pump) => pump.stats().inFlight > 0);
  return {
    stats: () => Object.fromEntries(pumps.map((pump) => [pump.name, pump.stats()])),
    drained: (signal, only) =>
      waitUntilDrained({
        sqs: options.sqs,
        urls: only === undefined ? every : urlsOf(only),
        handled,
        busy,
        ...(signal && { signal }),
      }),
    async stop() {
      await Promise.all(pumps.map((pump) => pump.stop()));
    },
  };
}

interface QueuePump {
  readonly name: string;
  stats(): PumpStats;
  stop(): Promise<void>;
}

function startQueuePump(queue: PumpedQueue, options: PumpOptions): QueuePump {
  const stopping = new AbortController();
  const stats = { received: 0, deleted: 0, failed: 0, inFlight: 0 };
  const working = new Set<Promise<void>>();

  const loop = async (): Promise<void> => {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      try {
        const messages = await receive(queue, options.sqs, stopping.signal);
        pauseMs = FIRST_PAUSE_MS;
        if (messages.length > 0) start(messages);
      } catch (error) {
        if (stopping.signal.aborted) break;
        options.log.warn('cannot receive', { queue: queue.name, reason: messageOf(error) });
        await pause(pauseMs, stopping.signal);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
      if (working.size >= queue.concurrency) await Promise.race(working);
    }
  };

  const work = async (messages: readonly Message[]): Promise<void> => {
    stats.received += messages.length;
    stats.inFlight += messages.length;
    const deleted = await handle(messages, queue, options);
    stats.deleted += deleted;
    stats.failed += messages.length - deleted;
    stats.inFlight -= messages.length;
  };

  const start = (messages: readonly Message[]): void => {
    const started = work(messages).finally(() => working.delete(started));
    working.add(started);
  };

  const looping = loop();
  return {
    name: queue.name,
    stats: () => ({ ...stats }),
    async stop() {
      stopping.abort();
      await looping;
      await Promise.all(working);
    },
  };
}

async function receive(queue: PumpedQueue, sqs: SQSClient, abortSignal: AbortSignal): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queue.url,
      MaxNumberOfMessages: queue.batchSize,
      WaitTimeSeconds: LONG_POLL_SECONDS,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
    { abortSignal },
  );
  return Messages;
}

/** Resolves to how many messages were deleted; never rejects: what went wrong is logged and given out again. */
async function handle(messages: readonly Message[], queue: PumpedQueue, options: PumpOptions): Promise<number> {
  const { sqs, log, visibilitySeconds } = options;
  const release = keepInvisible({ sqs, queueUrl: queue.url, messages, visibilitySeconds, log });
  try {
    const event = sqsEventOf(messages, { arn: queue.arn, region: options.region });
    const failed = await invoke(event, queue, log);
    const done = messages.filter(({ MessageId }) => MessageId !== undefined && !failed.has(MessageId));
    return await remove(done, queue, options);
  } catch (error) {
    log.warn('a batch could not be finished', { queue: queue.name, reason: messageOf(error) });
    return 0;
  } finally {
    release();
  }
}

async function invoke(event: SQSEvent, queue: PumpedQueue, log: PumpOptions['log']): Promise<ReadonlySet<string>> {
  const context = contextOf(queue.name, randomUUID(), queue.timeoutSeconds * 1_000);
  try {
    const answer = await queue.handler(event, context);
    if (context.getRemainingTimeInMillis() === 0) {
      log.warn('a function took longer than its timeout', { queue: queue.name, seconds: queue.timeoutSeconds });
    }
    return failuresOf(answer, event);
  } catch (error) {
    log.warn('a function failed', { queue: queue.name, messages: event.Records.length, reason: messageOf(error) });
    return new Set(event.Records.map((record) => record.messageId));
  }
}

async function remove(messages: readonly Message[], queue: PumpedQueue, options: PumpOptions): Promise<number> {
  if (messages.length === 0) return 0;
  const { Failed = [] } = await options.sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl: queue.url,
      Entries: messages.map((message, i) => ({ Id: String(i), ReceiptHandle: message.ReceiptHandle })),
    }),
  );
  for (const failure of Failed) {
    options.log.warn('a handled message was not deleted and will come again', {
      queue: queue.name,
      reason: failure.Message ?? failure.Code ?? null,
    });
  }
  return messages.length - Failed.length;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
