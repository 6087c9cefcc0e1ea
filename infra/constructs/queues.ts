import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  DEAD_LETTER_RETENTION_SECONDS,
  deadLetterQueueOf,
  MAX_RECEIVE_COUNT,
  type QueueName,
  retentionSeconds,
  visibilitySeconds,
} from '../../core/deployment/resources.ts';

export interface WorkQueue {
  readonly name: QueueName;
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

/** Queues of the shared catalogue, each with a dead-letter queue. */
export class Queues<Name extends QueueName> extends Construct {
  readonly #queues: ReadonlyMap<Name, WorkQueue>;

  constructor(scope: Construct, id: string, names: readonly Name[]) {
    super(scope, id);
    this.#queues = new Map(names.map((name) => [name, this.#add(name)]));
  }

  get(name: Name): WorkQueue {
    const found = this.#queues.get(name);
    if (!found) throw new Error(`there is no queue ${name}`);
    return found;
  }

  url(name: Name): string {
    return this.get(name).queue.queueUrl;
  }

  deadLettersUrl(name: Name): string {
    return this.get(name).deadLetters.queueUrl;
  }

  all(): WorkQueue[] {
    return [...this.#queues.values()];
  }

  #add(name: Name): WorkQueue {
    const deadLetters = new Queue(this, deadLetterQueueOf(name), {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.seconds(DEAD_LETTER_RETENTION_SECONDS),
    });
    const queue = new Queue(this, name, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.seconds(retentionSeconds(name)),
      visibilityTimeout: Duration.seconds(visibilitySeconds(name)),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    return { name, queue, deadLetters };
  }
}
