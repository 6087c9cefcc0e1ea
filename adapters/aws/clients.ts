import { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { clientConfig, type ClientOptions } from './client-config.ts';
import { makeQueueClient } from './queue-client.ts';
import { makeTableClient, type TableClient } from './table-client.ts';

export type { ClientOptions };

/** What every function and the scanner need. */
export interface WorkClients extends TableClient {
  readonly sqs: SQSClient;
}

export interface Clients extends WorkClients {
  readonly sns: SNSClient;
}

/** The SDK clients of one process, with sockets kept alive. Endpoints come from the argument, never from `AWS_ENDPOINT_URL*`. */
export function makeClients(options: ClientOptions): Clients {
  const work = makeWorkClients(options);
  const sns = makeTopicClient(options);
  return {
    ...work,
    sns,
    destroy() {
      work.destroy();
      sns.destroy();
    },
  };
}

/** Without the client for topics, which one function needs and which would be a tenth of the code of every other. */
export function makeWorkClients(options: ClientOptions): WorkClients {
  const table = makeTableClient(options);
  const sqs = makeQueueClient(options);
  return {
    documents: table.documents,
    sqs,
    destroy() {
      table.destroy();
      sqs.destroy();
    },
  };
}

export function makeTopicClient(options: ClientOptions): SNSClient {
  return new SNSClient(clientConfig(options, options.endpoints?.queues));
}
