import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { makeClients } from '../../../adapters/aws/clients.ts';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: object) => Server;

export interface Dynalite {
  readonly client: DynamoDBDocumentClient;
  /** Stops the server and keeps the client, which reaches nothing from then on. */
  stopServer(): Promise<void>;
  close(): Promise<void>;
}

/** dynalite on a free port of 127.0.0.1, in memory. */
export async function startDynalite(): Promise<Dynalite> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients = makeClients({
    region: 'us-east-1',
    endpoints: { dynamodb: endpoint, queues: endpoint },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  let stopped: Promise<void> | undefined;
  const stop = () =>
    new Promise<void>((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    });
  const stopServer = () => (stopped ??= stop());
  return {
    client: clients.documents,
    stopServer,
    async close() {
      clients.destroy();
      await stopServer();
    },
  };
}
