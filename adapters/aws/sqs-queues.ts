import type { SQSClient } from '@aws-sdk/client-sqs';
import type { AlertQueue, RemediationQueue, ResultQueue, ShardQueue } from '../../core/ports/queues.ts';
import type { Shard } from '../../core/planning/shard.ts';
import { sendAll } from './sqs-send.ts';

export interface ShardQueueUrls {
  readonly bulk: string;
  readonly priority: string;
  readonly backstop: string;
}

export function sqsShardQueue(sqs: SQSClient, urls: ShardQueueUrls): ShardQueue {
  return {
    async send(shards, options) {
      const isUrgent = (shard: Shard) => options?.priority === true || shard.purpose !== 'sweep';
      await sendAll(sqs, urls.priority, shards.filter(isUrgent), options?.delaySeconds);
      await sendAll(
        sqs,
        options?.backstop === true ? urls.backstop : urls.bulk,
        shards.filter((shard) => !isUrgent(shard)),
        options?.delaySeconds,
      );
    },
  };
}

export function sqsResultQueue(sqs: SQSClient, url: string): ResultQueue {
  return { send: (result) => sendAll(sqs, url, [result]) };
}

export function sqsAlertQueue(sqs: SQSClient, url: string): AlertQueue {
  return { send: (request, options) => sendAll(sqs, url, [request], options.delaySeconds) };
}

export function sqsRemediationQueue(sqs: SQSClient, url: string): RemediationQueue {
  return { send: (request, options) => sendAll(sqs, url, [request], options?.delaySeconds) };
}
