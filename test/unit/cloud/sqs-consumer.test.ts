import type { SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Poison } from '../../../core/errors.ts';
import type { DeadLetters } from '../../../core/ports/dead-letters.ts';
import { type Outcome, outcomeOf, sqsBatchConsumer, sqsConsumer } from '../../../lambdas/sqs-consumer.ts';

const Message = z.object({ n: z.number() });
type Message = z.infer<typeof Message>;

function eventOf(...bodies: string[]): SQSEvent {
  return {
    Records: bodies.map((body, i) => ({
      messageId: `m${i}`,
      receiptHandle: `r${i}`,
      body,
      attributes: {
        ApproximateReceiveCount: '2',
        SentTimestamp: '1772355600000',
        SenderId: '000000000000',
        ApproximateFirstReceiveTimestamp: '1772355600000',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:results',
      awsRegion: 'us-east-1',
    })),
  };
}

function world() {
  const letters: Parameters<DeadLetters['keep']>[0][] = [];
  const lines: unknown[] = [];
  const note = (message: string, fields?: object): void => {
    lines.push({ message, ...fields });
  };
  const deadLetters: DeadLetters = {
    keep: (letter) => {
      letters.push(letter);
      return Promise.resolve();
    },
  };
  return { letters, lines, options: { deadLetters, log: { info: note, warn: note } } };
}

const failuresIn = (answer: { batchItemFailures: { itemIdentifier: string }[] }): string[] =>
  answer.batchItemFailures.map((failure) => failure.itemIdentifier);

describe('a consumer of single messages', () => {
  it('acknowledges what was settled, in the order of the batch', async () => {
    const { options } = world();
    const settled: number[] = [];
    const consumer = sqsConsumer(
      Message,
      ({ n }) => {
        settled.push(n);
        return Promise.resolve();
      },
      options,
    );
    expect(await consumer(eventOf('{"n":1}', '{"n":2}'))).toEqual({ batchItemFailures: [] });
    expect(settled).toEqual([1, 2]);
  });

  it('gives back only the message that failed', async () => {
    const { options, letters, lines } = world();
    const consumer = sqsConsumer(
      Message,
      ({ n }) => (n === 2 ? Promise.reject(new Error('store unreachable')) : Promise.resolve()),
      options,
    );
    expect(failuresIn(await consumer(eventOf('{"n":1}', '{"n":2}', '{"n":3}')))).toEqual(['m1']);
    expect(letters).toEqual([]);
    expect(lines).toEqual([
      { message: 'message will be retried', messageId: 'm1', receiveCount: '2', reason: 'store unreachable' },
    ]);
  });

  it.each([
    ['not json {', 'the body is not JSON'],
    ['', 'the body is not JSON'],
    ['{"n":"1"}', 'the body does not fit its schema: n: Invalid input: expected number, received string'],
    ['null', 'the body does not fit its schema: the body: Invalid input: expected object, received null'],
  ])('keeps %j on the dead-letter queue with the reason and acknowledges it', async (body, reason) => {
    const { options, letters } = world();
    const consumer = sqsConsumer(Message, () => Promise.reject(new Error('must not be called')), options);
    expect(failuresIn(await consumer(eventOf(body)))).toEqual([]);
    expect(letters).toEqual([{ messageId: 'm0', body, reason }]);
  });

  it('keeps a message that the handler calls poison', async () => {
    const { options, letters } = world();
    const consumer = sqsConsumer(Message, () => Promise.reject(new Poison('there is no plan p1')), options);
    expect(failuresIn(await consumer(eventOf('{"n":1}')))).toEqual([]);
    expect(letters).toEqual([{ messageId: 'm0', body: '{"n":1}', reason: 'there is no plan p1' }]);
  });

  it('gives poison back when the dead-letter queue cannot take it', async () => {
    const { options } = world();
    const deadLetters = { keep: () => Promise.reject(new Error('disk full')) };
    const consumer = sqsConsumer(Message, () => Promise.resolve(), { ...options, deadLetters });
    expect(failuresIn(await consumer(eventOf('nonsense', '{"n":1}')))).toEqual(['m0']);
  });

  it('writes no body into the log', async () => {
    const { options, lines } = world();
    const consumer = sqsConsumer(Message, () => Promise.reject(new Error('later')), options);
    await consumer(eventOf('{"secret-body', '{"n":1,"secret-body":1}', '{"n":"secret-body"}'));
    expect(lines).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toContain('secret-body');
  });
});

describe('a consumer of whole batches', () => {
  it('gets every message that could be read at once and reads the outcomes in their order', async () => {
    const { options, letters } = world();
    const seen: Message[][] = [];
    const outcomes: Outcome[] = [
      { kind: 'done' },
      { kind: 'retry', reason: 'busy' },
      { kind: 'poison', reason: 'bad' },
    ];
    const consumer = sqsBatchConsumer(
      Message,
      (messages) => {
        seen.push([...messages]);
        return Promise.resolve(outcomes);
      },
      options,
    );
    const answer = await consumer(eventOf('{"n":1}', 'broken', '{"n":2}', '{"n":3}'));
    expect(seen).toEqual([[{ n: 1 }, { n: 2 }, { n: 3 }]]);
    expect(failuresIn(answer)).toEqual(['m2']);
    expect(letters.map((letter) => [letter.messageId, letter.reason])).toEqual([
      ['m1', 'the body is not JSON'],
      ['m3', 'bad'],
    ]);
  });

  it('gives every readable message back when the batch failed', async () => {
    const { options } = world();
    const consumer = sqsBatchConsumer(Message, () => Promise.reject(new Error('throttled')), options);
    expect(failuresIn(await consumer(eventOf('{"n":1}', 'broken', '{"n":2}')))).toEqual(['m0', 'm2']);
  });

  it('gives back a message that got no outcome', async () => {
    const { options } = world();
    const consumer = sqsBatchConsumer(Message, () => Promise.resolve([{ kind: 'done' }]), options);
    expect(failuresIn(await consumer(eventOf('{"n":1}', '{"n":2}')))).toEqual(['m1']);
  });

  it('is not called for a batch in which nothing could be read', async () => {
    const { options, letters } = world();
    const consumer = sqsBatchConsumer(Message, () => Promise.reject(new Error('must not be called')), options);
    expect(failuresIn(await consumer(eventOf('broken')))).toEqual([]);
    expect(letters).toHaveLength(1);
  });
});

describe('what was thrown', () => {
  it('is poison only when it says so', () => {
    expect(outcomeOf(new Poison('bad'))).toEqual({ kind: 'poison', reason: 'bad' });
    expect(outcomeOf(new Error('later'))).toEqual({ kind: 'retry', reason: 'later' });
    expect(outcomeOf('text')).toEqual({ kind: 'retry', reason: 'text' });
  });
});
