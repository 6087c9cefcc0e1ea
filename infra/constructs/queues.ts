import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  DEAD_LETTER_RETENTION_SECONDS,
  deadLetterQueueOf,
  MAX_RECEIVE_COUNT,
  type QueueName,
  RETENTION_SECONDS,
  visibilitySeconds,
} from '../../core/deployment/resources.ts';

/** The queues between the tasks, each with a dead-letter queue. Notifications are the subscribers' own business on AWS. */
export const CLOUD_QUEUES = [
  'shards',
  'shards-priority',
  'shards-backstop',
  'results',
  'alerts',
  'remediation',
] as const satisfies readonly QueueName[];
export type CloudQueue = (typeof CLOUD_QUEUES)[number];

export class Queues extends Construct {
  readonly #queues = new Map<CloudQueue, { queue: Queue; deadLetters: Queue }>();

  constructor(scope: Construct, id: string) {
    super(scope, id);
    for (const name of CLOUD_QUEUES) {
      const deadLetters = new Queue(this, deadLetterQueueOf(name), {
        encryption: QueueEncryption.SQS_MANAGED,
        enforceSSL: true,
        retentionPeriod: Duration.seconds(DEAD_LETTER_RETENTION_SECONDS),
      });
      const queue = new Queue(this, name, {
        encryption: QueueEncryption.SQS_MANAGED,
        enforceSSL: true,
        retentionPeriod: Duration.seconds(RETENTION_SECONDS),
        visibilityTimeout: Duration.seconds(visibilitySeconds(name)),
        deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
      });
      this.#queues.set(name, { queue, deadLetters });
    }
  }

  queue(name: CloudQueue): Queue {
    return this.#pair(name).queue;
  }

  deadLetters(name: CloudQueue): Queue {
    return this.#pair(name).deadLetters;
  }

  #pair(name: CloudQueue): { queue: Queue; deadLetters: Queue } {
    const pair = this.#queues.get(name);
    if (!pair) throw new Error(`there is no queue ${name}`);
    return pair;
  }
}
