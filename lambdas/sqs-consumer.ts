import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { messageOf, Poison } from '../core/errors.ts';
import type { DeadLetters } from '../core/ports/dead-letters.ts';
import type { Log } from '../core/ports/log.ts';

/** How one message ended: deleted, given out again later, or kept for a person. */
export type Outcome = { kind: 'done' } | { kind: 'retry'; reason: string } | { kind: 'poison'; reason: string };

export interface ConsumerOptions {
  readonly deadLetters: DeadLetters;
  readonly log: Log;
}

export type SqsConsumer = (event: SQSEvent) => Promise<SQSBatchResponse>;

/**
 * A handler that settles one message after the other. `settle` throws Poison for what can never work, anything else for what may work
 * later. (The batch utility of Powertools has no dead-letter step and no way to settle a batch at once, which ingest lives on.)
 */
export function sqsConsumer<T>(
  schema: z.ZodType<T>,
  settle: (message: T) => Promise<void>,
  options: ConsumerOptions,
): SqsConsumer {
  return sqsBatchConsumer(schema, (messages) => settleEach(messages, settle), options);
}

/**
 * A handler that settles what could be read of a batch at once: `settleBatch` resolves to one outcome for each message, in their order.
 * When it throws, every message of the batch is retried. Bodies are never logged.
 */
export function sqsBatchConsumer<T>(
  schema: z.ZodType<T>,
  settleBatch: (messages: readonly T[]) => Promise<readonly Outcome[]>,
  options: ConsumerOptions,
): SqsConsumer {
  return async (event) => {
    const read = event.Records.map((record) => ({ record, parsed: parse(schema, record.body) }));
    const good = read.flatMap(({ record, parsed }) =>
      'message' in parsed ? [{ record, message: parsed.message }] : [],
    );
    const outcomes = new Map<SQSRecord, Outcome>(
      read.flatMap(({ record, parsed }) =>
        'reason' in parsed ? [[record, { kind: 'poison', reason: parsed.reason } as const]] : [],
      ),
    );
    const settled = await settleAll(
      good.map(({ message }) => message),
      settleBatch,
    );
    for (const [i, { record }] of good.entries()) {
      outcomes.set(record, settled[i] ?? { kind: 'retry', reason: 'the batch gave no outcome for it' });
    }
    const failed: string[] = [];
    for (const record of event.Records) {
      const outcome = outcomes.get(record);
      if (outcome === undefined || !(await finish(record, outcome, options))) failed.push(record.messageId);
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** What to say about something that was thrown while a message was settled. */
export function outcomeOf(thrown: unknown): Outcome {
  return { kind: thrown instanceof Poison ? 'poison' : 'retry', reason: messageOf(thrown) };
}

async function settleEach<T>(messages: readonly T[], settle: (message: T) => Promise<void>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const message of messages) {
    try {
      await settle(message);
      outcomes.push({ kind: 'done' });
    } catch (error) {
      outcomes.push(outcomeOf(error));
    }
  }
  return outcomes;
}

async function settleAll<T>(
  messages: readonly T[],
  settleBatch: (messages: readonly T[]) => Promise<readonly Outcome[]>,
): Promise<readonly Outcome[]> {
  if (messages.length === 0) return [];
  try {
    return await settleBatch(messages);
  } catch (error) {
    const reason = messageOf(error);
    return messages.map(() => ({ kind: 'retry', reason }));
  }
}

/** True when the message may be deleted. */
async function finish(record: SQSRecord, outcome: Outcome, { deadLetters, log }: ConsumerOptions): Promise<boolean> {
  if (outcome.kind === 'done') return true;
  const { messageId } = record;
  const fields = { messageId, receiveCount: record.attributes.ApproximateReceiveCount, reason: outcome.reason };
  if (outcome.kind === 'retry') {
    log.warn('message will be retried', fields);
    return false;
  }
  try {
    await deadLetters.keep({ messageId, body: record.body, reason: outcome.reason });
  } catch (error) {
    log.warn('message could not be put on the dead-letter queue, it will be retried', {
      ...fields,
      error: messageOf(error),
    });
    return false;
  }
  log.warn('message put on the dead-letter queue', fields);
  return true;
}

function parse<T>(schema: z.ZodType<T>, body: string): { message: T } | { reason: string } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    // The parser's own words quote the body.
    return { reason: 'the body is not JSON' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { message: parsed.data };
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the body'}: ${issue.message}`);
  return { reason: `the body does not fit its schema: ${issues.slice(0, 5).join('; ')}` };
}
