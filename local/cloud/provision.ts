import { join } from 'node:path';
import { DescribeTableCommand, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  QueueNameExists,
  SetQueueAttributesCommand,
  GetQueueUrlCommand,
} from '@aws-sdk/client-sqs';
import type { Clients } from '../../adapters/aws/clients.ts';
import {
  DEAD_LETTER_RETENTION_SECONDS,
  deadLetterQueueOf,
  LOCAL_MAX_RECEIVE_COUNT,
  LOCAL_VISIBILITY_SECONDS,
  QUEUE_NAMES,
  retentionSeconds,
  TABLE,
  TOPIC,
} from '../../core/deployment/resources.ts';
import type { QueueName } from '../../core/deployment/resources.ts';
import { createTable } from './create-table.ts';
import { damaged } from './damaged.ts';
import { createFile, readIfThere } from '../../adapters/local/files.ts';

export interface Provisioned {
  readonly queueUrls: Readonly<Record<QueueName, string>>;
  readonly deadLetterUrls: Readonly<Record<QueueName, string>>;
  readonly topicArn: string;
}

/** The account of every ARN that fauxqs makes. */
const ACCOUNT = '000000000000';

/** Makes what is not there yet, and brings the attributes of queues up to date. */
export async function provision(clients: Clients, dataDir: string): Promise<Provisioned> {
  await provisionTable(clients, dataDir);
  const region = await clients.sqs.config.region();
  const arnOf = (queue: string): string => `arn:aws:sqs:${region}:${ACCOUNT}:${queue}`;
  const queueUrls: Partial<Record<QueueName, string>> = {};
  const deadLetterUrls: Partial<Record<QueueName, string>> = {};
  for (const queue of QUEUE_NAMES) {
    deadLetterUrls[queue] = await provisionQueue(clients, deadLetterQueueOf(queue), {
      MessageRetentionPeriod: String(DEAD_LETTER_RETENTION_SECONDS),
      VisibilityTimeout: String(LOCAL_VISIBILITY_SECONDS),
    });
    queueUrls[queue] = await provisionQueue(clients, queue, {
      MessageRetentionPeriod: String(retentionSeconds(queue)),
      VisibilityTimeout: String(LOCAL_VISIBILITY_SECONDS),
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: arnOf(deadLetterQueueOf(queue)),
        maxReceiveCount: LOCAL_MAX_RECEIVE_COUNT,
      }),
    });
  }
  const topicArn = await provisionTopic(clients, arnOf(TOPIC.subscribedQueue));
  return {
    queueUrls: queueUrls as Record<QueueName, string>,
    deadLetterUrls: deadLetterUrls as Record<QueueName, string>,
    topicArn,
  };
}

/**
 * LevelDB drops a log that it cannot read without a word. A mark beside it tells a table that was lost from one that was never made.
 */
async function provisionTable(clients: Clients, dataDir: string): Promise<void> {
  const mark = join(dataDir, 'table-created');
  try {
    await clients.documents.send(new DescribeTableCommand({ TableName: TABLE.name }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    if ((await readIfThere(mark)) !== null) throw damaged(join(dataDir, 'dynamodb'), error);
    await createTable(clients.documents, TABLE.name);
  }
  await createFile(mark, `${TABLE.name}\n`);
}

async function provisionQueue(clients: Clients, name: string, attributes: Record<string, string>): Promise<string> {
  try {
    const made = await clients.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    return urlOf(name, made.QueueUrl);
  } catch (error) {
    if (!(error instanceof QueueNameExists)) throw error;
    const { QueueUrl } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    const url = urlOf(name, QueueUrl);
    await clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes }));
    return url;
  }
}

function urlOf(name: string, url: string | undefined): string {
  if (url === undefined) throw new Error(`the queue ${name} has no URL`);
  return url;
}

async function provisionTopic(clients: Clients, subscriber: string): Promise<string> {
  const { TopicArn } = await clients.sns.send(new CreateTopicCommand({ Name: TOPIC.name }));
  if (TopicArn === undefined) throw new Error(`the topic ${TOPIC.name} has no ARN`);
  await clients.sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: subscriber,
      // The body of the message is the alert itself, without the envelope of SNS.
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  return TopicArn;
}
