import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ClientOptions {
  readonly region: string;
  /** Where the services are, when not at AWS: `http://127.0.0.1:4567`. */
  readonly endpoints?: { readonly dynamodb: string; readonly queues: string };
  /** The role of the function or task when absent. */
  readonly credentials?: Credentials;
  /** Takes the place of Signature Version 4, for services that do not check it. */
  readonly signer?: Extract<DynamoDBClientConfig['signer'], { sign: unknown }>;
}

/** What every function and the scanner need. */
export interface WorkClients {
  readonly documents: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  /** Closes the sockets. */
  destroy(): void;
}

export interface Clients extends WorkClients {
  readonly sns: SNSClient;
}

/** Long polls hold one socket each for up to 20 s; this many leave room for everything else. */
const MAX_SOCKETS = 64;

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
  const common = commonConfig(options);
  const dynamodb = new DynamoDBClient({ ...common, ...at(options.endpoints?.dynamodb) });
  const documents = DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } });
  // The SDK would otherwise send to the host written in the queue's URL.
  const sqs = new SQSClient({ ...common, ...at(options.endpoints?.queues), useQueueUrlAsEndpoint: false });
  return {
    documents,
    sqs,
    destroy() {
      dynamodb.destroy();
      sqs.destroy();
    },
  };
}

export function makeTopicClient(options: ClientOptions): SNSClient {
  return new SNSClient({ ...commonConfig(options), ...at(options.endpoints?.queues) });
}

function commonConfig(options: ClientOptions) {
  return {
    region: options.region,
    // A copy: the SDK writes into it.
    ...(options.credentials && { credentials: { ...options.credentials } }),
    ...(options.signer && { signer: options.signer }),
    maxAttempts: 3,
    requestHandler: {
      httpAgent: new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
      httpsAgent: new SecureAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
      // A long poll answers within 20 s; anything slower than this is a dead peer.
      connectionTimeout: 3_000,
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
    },
    ignoreConfiguredEndpointUrls: true,
  };
}

const at = (endpoint: string | undefined) => (endpoint === undefined ? {} : { endpoint });
