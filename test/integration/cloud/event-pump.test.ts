import { setTimeout as sleep } from 'node:timers/promises';
import { ReceiveMessageCommand, SendMessageCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { sqsDeadLetters } from '../../../adapters/aws/sqs-dead-letters.ts';
import { sendAll } from '../../../adapters/aws/sqs-send.ts';
import { sqsConsumer } from '../../../lambdas/sqs-consumer.ts';
import { type PumpedQueue, startEventPump } from '../../../local/cloud/event-pump.ts';
import { startTestCloud, type TestCloud } from '../../support/embedded.ts';

type Handler = PumpedQueue['handler'];

function pumpOf(
  cloud: TestCloud,
  handler: Handler,
  overrides: Partial<PumpedQueue> & { visibilitySeconds?: number } = {},
) {
  const lines: object[] = [];
  const note = (message: string, fields?: object): void => {
    lines.push({ message, ...fields });
  };
  const { visibilitySeconds = 12, ...queue } = overrides;
  const pump = startEventPump({
    sqs: cloud.clients.sqs,
    region: cloud.region,
    visibilitySeconds,
    log: { info: note, warn: note },
    queues: [
      {
        name: 'results',
        url: cloud.queueUrls.results,
        arn: 'arn:aws:sqs:us-east-1:000000000000:results',
        batchSize: 10,
        concurrency: 1,
        timeoutSeconds: 60,
        handler,
        ...queue,
      },
    ],
  });
  onTestFinished(() => pump.stop());
  return { pump, lines };
}

/** Failed messages come again after a second instead of twelve. */
async function shortenVisibility(cloud: TestCloud, attributes: Record<string, string> = {}): Promise<void> {
  await cloud.clients.sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: cloud.queueUrls.results,
      Attributes: { VisibilityTimeout: '1', ...attributes },
    }),
  );
}

async function deadLettersOf(cloud: TestCloud) {
  const { Messages = [] } = await cloud.clients.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: cloud.deadLetterUrls.results,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 5,
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages;
}

const bodiesOf = (event: SQSEvent): string[] => event.Records.map((record) => record.body);

describe('the event pump', () => {
  it('gives every message to the function and deletes what succeeded', async () => {
    const cloud = await startTestCloud();
    await sendAll(cloud.clients.sqs, cloud.queueUrls.results, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const events: SQSEvent[] = [];
    const { pump } = pumpOf(cloud, (event) => {
      events.push(event);
      return Promise.resolve({ batchItemFailures: [] });
    });
    await pump.drained();
    expect(
      events
        .flatMap(bodiesOf)
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(events.map((event) => event.Records.length)).toEqual([10, 2]);
    expect(events[0]?.Records[0]).toMatchObject({
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:results',
      awsRegion: 'us-east-1',
      attributes: { ApproximateReceiveCount: '1' },
    });
    expect(pump.stats()).toEqual({ results: { received: 12, deleted: 12, failed: 0, inFlight: 0 } });
  });

  it('gives only the failed messages of a batch again', async () => {
    const cloud = await startTestCloud();
    await shortenVisibility(cloud);
    await sendAll(cloud.clients.sqs, cloud.queueUrls.results, ['good', 'bad']);
    const seen: string[] = [];
    const { pump } = pumpOf(cloud, (event) => {
      seen.push(...bodiesOf(event));
      const failed = event.Records.filter(
        (record) => record.body === '"bad"' && record.attributes.ApproximateReceiveCount === '1',
      );
      return Promise.resolve({ batchItemFailures: failed.map((record) => ({ itemIdentifier: record.messageId })) });
    });
    await pump.drained();
    expect(seen).toEqual(['"good"', '"bad"', '"bad"']);
  });

  it.each<[string, Handler, object[]]>([
    ['throws', () => Promise.reject(new Error('broken')), [{ message: 'a function failed', reason: 'broken' }]],
    ['answers nonsense', () => Promise.resolve('nonsense'), []],
  ])(
    'gives the whole batch again when the function %s, and to the dead-letter queue after the last receive',
    async (_, fail, said) => {
      const cloud = await startTestCloud();
      await shortenVisibility(cloud, {
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:results-dlq',
          maxReceiveCount: 2,
        }),
      });
      await sendAll(cloud.clients.sqs, cloud.queueUrls.results, ['a', 'b']);
      const receives: string[] = [];
      const { pump, lines } = pumpOf(cloud, (event, context) => {
        receives.push(...event.Records.map((record) => `${record.body} ${record.attributes.ApproximateReceiveCount}`));
        return fail(event, context);
      });
      await pump.drained();
      expect(receives.sort()).toEqual(['"a" 1', '"a" 2', '"b" 1', '"b" 2']);
      expect(new Set((await deadLettersOf(cloud)).map((letter) => letter.Body))).toEqual(new Set(['"a"', '"b"']));
      expect(lines.slice(0, said.length)).toMatchObject(said);
      expect(pump.stats()['results']).toMatchObject({ deleted: 0, failed: 4 });
    },
  );

  it('keeps poison on the dead-letter queue with its reason, once', async () => {
    const cloud = await startTestCloud();
    await cloud.clients.sqs.send(
      new SendMessageCommand({ QueueUrl: cloud.queueUrls.results, MessageBody: 'this is not JSON' }),
    );
    const log = { info: () => undefined, warn: () => undefined };
    const deadLetters = sqsDeadLetters(cloud.clients.sqs, cloud.deadLetterUrls.results);
    const { pump } = pumpOf(
      cloud,
      sqsConsumer(z.object({}), () => Promise.resolve(), { deadLetters, log }),
    );
    await pump.drained();
    const letters = await deadLettersOf(cloud);
    expect(letters).toHaveLength(1);
    expect(letters[0]?.Body).toBe('this is not JSON');
    expect(letters[0]?.MessageAttributes?.['reason']?.StringValue).toBe('the body is not JSON');
    expect(pump.stats()['results']).toMatchObject({ received: 1, deleted: 1 });
  });

  it('keeps a message to itself while its function takes longer than the visibility timeout', async () => {
    const cloud = await startTestCloud();
    await shortenVisibility(cloud);
    await sendAll(cloud.clients.sqs, cloud.queueUrls.results, ['slow']);
    let runs = 0;
    const { pump } = pumpOf(
      cloud,
      async () => {
        runs += 1;
        await sleep(2_500);
      },
      { visibilitySeconds: 1, concurrency: 4 },
    );
    await pump.drained();
    expect(runs).toBe(1);
  });

  it('works on as many events at once as it may, and no more', async () => {
    const cloud = await startTestCloud();
    await sendAll(cloud.clients.sqs, cloud.queueUrls.results, [1, 2, 3, 4, 5, 6, 7, 8]);
    let now = 0;
    let most = 0;
    const { pump } = pumpOf(
      cloud,
      async () => {
        now += 1;
        most = Math.max(most, now);
        await sleep(30);
        now -= 1;
      },
      { batchSize: 1, concurrency: 3 },
    );
    await pump.drained();
    expect(most).toBe(3);
  });

  it('finishes what it received before it stops, and receives nothing more', async () => {
    const cloud = await startTestCloud();
    await sendAll(cloud.clients.sqs, cloud.queueUrls.results, ['first']);
    const ended: string[] = [];
    const { promise: started, resolve } = Promise.withResolvers<void>();
    const { pump } = pumpOf(cloud, async (event) => {
      resolve();
      await sleep(200);
      ended.push(...bodiesOf(event));
    });
    await started;
    const stopped = pump.stop();
    await sendAll(cloud.clients.sqs, cloud.queueUrls.results, ['second']);
    await stopped;
    expect(ended).toEqual(['"first"']);
    expect(pump.stats()).toEqual({ results: { received: 1, deleted: 1, failed: 0, inFlight: 0 } });
  });

  it('is not drained while a delayed message waits, and gives up when told', async () => {
    const cloud = await startTestCloud();
    await sendAll(cloud.clients.sqs, cloud.queueUrls.results, ['later'], 1);
    const seen: string[] = [];
    const { pump } = pumpOf(cloud, (event) => {
      seen.push(...bodiesOf(event));
      return Promise.resolve();
    });
    await expect(pump.drained(AbortSignal.timeout(300))).rejects.toThrow(/aborted/);
    expect(seen).toEqual([]);
    await pump.drained();
    expect(seen).toEqual(['"later"']);
  });

  it('goes on when the queue could not be reached for a while', async () => {
    const cloud = await startTestCloud();
    const { pump, lines } = pumpOf(cloud, () => Promise.resolve(), { url: 'http://127.0.0.1/000000000000/missing' });
    await expect.poll(() => lines[0]).toMatchObject({ message: 'cannot receive', queue: 'results' });
    await pump.stop();
  });
});
