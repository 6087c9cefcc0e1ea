import { type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import type { Clients } from '../../../adapters/aws/clients.ts';
import type { QueueName } from '../../../core/deployment/resources.ts';

/** The queues and the topic of a deployment, with nothing on them. */
export interface QueueCloud {
  readonly clients: Pick<Clients, 'sqs' | 'sns'>;
  readonly queueUrls: Readonly<Record<QueueName, string>>;
  readonly deadLetterUrls: Readonly<Record<QueueName, string>>;
  readonly topicArn: string;
}

/** Stands for a service that has them. */
export type MakeQueueCloud = () => Promise<QueueCloud>;

/** What is on a queue: `expected` messages, and none more at the moment when they were received. */
export async function receiveAll(cloud: QueueCloud, url: string, expected: number): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < expected) {
    const more = await receive(cloud, url, 5);
    if (more.length === 0) break;
    messages.push(...more);
  }
  messages.push(...(await receive(cloud, url, 0)));
  expect(messages).toHaveLength(expected);
  return messages;
}

/** Up to ten messages; waits up to `waitSeconds` for the first. */
export async function receive(cloud: QueueCloud, url: string, waitSeconds: number): Promise<Message[]> {
  const { Messages = [] } = await cloud.clients.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: waitSeconds,
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages;
}

export const bodiesOf = (messages: readonly Message[]): unknown[] =>
  messages.map((message) => JSON.parse(message.Body ?? 'null') as unknown);
