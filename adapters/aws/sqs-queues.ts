import type { SQSClient } from '@aws-sdk/client-sqs';
import type { AlertQueue, RemediationQueue, ResultQueue, ShardQueue } from '../../core/ports/queues.ts';
import { sendAll } from './sqs-send.ts';

export interface ShardQueueUrls {
  readonly bulk: string;
  readonly priority: string;
}

export function sqsShardQueue(sqs: SQSClient, urls: ShardQueueUrls): ShardQueue {
  return {
    send: (shards, options) =>
      sendAll(sqs, options?.priority === true ? urls.priority : urls.bulk, shards, options?.delaySeconds),
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
