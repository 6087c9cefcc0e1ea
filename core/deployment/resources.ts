/**
 * What has to exist in the cloud, in one place: `infra/` makes it on AWS, `local/cloud/` in the embedded cloud.
 */

export const TABLE = {
  name: 'portcullis',
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Seconds since the epoch. Readers check it too: DynamoDB deletes late, dynalite never. */
  ttlAttribute: 'ttl',
  /** All keys are strings, all projections ALL. */
  indexes: [
    { name: 'gsi1', partitionKey: 'gsi1pk', sortKey: 'gsi1sk' },
    { name: 'gsi2', partitionKey: 'gsi2pk', sortKey: 'gsi2sk' },
  ],
} as const;

export const QUEUE_NAMES = [
  'shards',
  'shards-priority',
  'shards-backstop',
  'results',
  'alerts',
  'remediation',
  'notifications',
  'firewall-events',
] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

export interface QueueSpec {
  /** The longest the consumer may work on one batch, seconds: the function's timeout on AWS. */
  readonly consumerTimeoutSeconds: number;
  /** Messages a consumer gets at once, 1-10. */
  readonly batchSize: number;
  /** How long a message is kept; RETENTION_SECONDS where nothing is said. */
  readonly retentionSeconds?: number;
}

/** Shards have no function behind them: their time is the longest a scanner may take for one shard. */
export const QUEUES: Readonly<Record<QueueName, QueueSpec>> = {
  shards: { consumerTimeoutSeconds: 120, batchSize: 1 },
  'shards-priority': { consumerTimeoutSeconds: 60, batchSize: 1 },
  // A full sweep of 100,000 addresses takes days: its shards wait longer than any other message, and as long as SQS allows.
  'shards-backstop': { consumerTimeoutSeconds: 120, batchSize: 1, retentionSeconds: 1_209_600 },
  results: { consumerTimeoutSeconds: 60, batchSize: 10 },
  alerts: { consumerTimeoutSeconds: 30, batchSize: 10 },
  remediation: { consumerTimeoutSeconds: 120, batchSize: 1 },
  notifications: { consumerTimeoutSeconds: 30, batchSize: 10 },
  // A read of a whole account and Region, with throttled calls tried again, takes up to a minute.
  'firewall-events': { consumerTimeoutSeconds: 120, batchSize: 10 },
};

export const TOPIC = { name: 'portcullis-alerts', subscribedQueue: 'notifications' } as const satisfies {
  name: string;
  subscribedQueue: QueueName;
};

/** Receives before a message goes to the dead-letter queue. */
export const MAX_RECEIVE_COUNT = 5;

/** 4 days. */
const RETENTION_SECONDS = 345_600;

/** 14 days, the most SQS allows: a person gets to it after a holiday. */
export const DEAD_LETTER_RETENTION_SECONDS = 1_209_600;

export function retentionSeconds(queue: QueueName): number {
  return QUEUES[queue].retentionSeconds ?? RETENTION_SECONDS;
}

export function deadLetterQueueOf(queue: QueueName): `${QueueName}-dlq` {
  return `${queue}-dlq`;
}

/** Six times the consumer's timeout, as AWS asks for queues behind functions, so that throttled invocations do not cost receives. */
export function visibilitySeconds(queue: QueueName): number {
  return 6 * QUEUES[queue].consumerTimeoutSeconds;
}

/**
 * On one machine a message is given out again after this long, so that a failed attempt is repeated soon. It may be shorter than the
 * consumer's timeout because local consumers extend it while they work, and because a restart gives back at once what the killed process held.
 */
export const LOCAL_VISIBILITY_SECONDS = 12;

/**
 * On one machine, instead of MAX_RECEIVE_COUNT. With the short visibility timeout five receives are used up by one minute of trouble, or by
 * five kills in a row, each of which costs a receive; on AWS five take half an hour. 30 x 12 s = 6 minutes.
 */
export const LOCAL_MAX_RECEIVE_COUNT = 30;
