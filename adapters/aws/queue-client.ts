import { SQSClient } from '@aws-sdk/client-sqs';
import { clientConfig, type ClientOptions } from './client-config.ts';

export function makeQueueClient(options: ClientOptions): SQSClient {
  // The SDK would otherwise send to the host written in the queue's URL.
  return new SQSClient({ ...clientConfig(options, options.endpoints?.queues), useQueueUrlAsEndpoint: false });
}
