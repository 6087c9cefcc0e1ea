import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { clientConfig, type ClientOptions } from './client-config.ts';

export interface TableClient {
  readonly documents: DynamoDBDocumentClient;
  /** Closes the sockets, which `documents.destroy` does not. */
  destroy(): void;
}

export function makeTableClient(options: ClientOptions): TableClient {
  const client = new DynamoDBClient(clientConfig(options, options.endpoints?.dynamodb));
  return {
    documents: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    destroy: () => client.destroy(),
  };
}
