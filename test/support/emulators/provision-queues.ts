import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { Clients } from '../../../adapters/aws/clients.ts';
import {
  deadLetterQueueOf,
  MAX_RECEIVE_COUNT,
  QUEUE_NAMES,
  type QueueName,
  TOPIC,
  visibilitySeconds,
} from '../../../core/deployment/resources.ts';

export interface ProvisionedQueues {
  readonly queueUrls: Readonly<Record<QueueName, string>>;
  readonly deadLetterUrls: Readonly<Record<QueueName, string>>;
  readonly topicArn: string;
  /** Nobody is subscribed. */
  readonly linkTopicArn: string;
}

let made = 0;

/** The queues and the topic as `infra/` makes them, with names of their own at each call. */
export async function provisionQueues({ sqs, sns }: Pick<Clients, 'sqs' | 'sns'>): Promise<ProvisionedQueues> {
  made += 1;
  const prefix = `t${made}-`;
  const create = async (name: string, Attributes: Record<string, string>): Promise<Queue> => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: prefix + name, Attributes }));
    const found = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    return { url: QueueUrl ?? '', arn: found.Attributes?.['QueueArn'] ?? '' };
  };
  const queues = new Map<QueueName, { queue: Queue; letters: Queue }>();
  for (const name of QUEUE_NAMES) {
    const letters = await create(deadLetterQueueOf(name), {});
    const redrive = { deadLetterTargetArn: letters.arn, maxReceiveCount: MAX_RECEIVE_COUNT };
    const attributes = { VisibilityTimeout: `${visibilitySeconds(name)}`, RedrivePolicy: JSON.stringify(redrive) };
    queues.set(name, { queue: await create(name, attributes), letters });
  }
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: prefix + TOPIC.name }));
  const links = await sns.send(new CreateTopicCommand({ Name: `${prefix}portcullis-links` }));
  const Endpoint = queues.get(TOPIC.subscribedQueue)?.queue.arn;
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
  const urls = (pick: 'queue' | 'letters') =>
    Object.fromEntries(Array.from(queues, ([name, each]) => [name, each[pick].url])) as Record<QueueName, string>;
  return {
    queueUrls: urls('queue'),
    deadLetterUrls: urls('letters'),
    topicArn: TopicArn,
    linkTopicArn: links.TopicArn ?? '',
  };
}

interface Queue {
  readonly url: string;
  readonly arn: string;
}
