import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makeClients } from '../../adapters/aws/clients.ts';
import type { ClientOptions, Clients } from '../../adapters/aws/clients.ts';
import type { QueueName } from '../../core/deployment/resources.ts';
import { TABLE } from '../../core/deployment/resources.ts';
import { loopbackSigner } from './loopback-signer.ts';
import { provision } from './provision.ts';
import { startQueueServer } from './queue-server.ts';
import { startTableServer } from './table-server.ts';

export interface EmbeddedCloud {
  readonly region: string;
  readonly endpoints: { readonly dynamodb: string; readonly queues: string };
  /** Drawn at each start; the services answer to nobody else. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** What `makeClients` takes. */
  readonly clientOptions: ClientOptions;
  readonly tableName: string;
  readonly queueUrls: Readonly<Record<QueueName, string>>;
  readonly deadLetterUrls: Readonly<Record<QueueName, string>>;
  readonly topicArn: string;
  /** Waits for requests under way, then closes both stores. */
  stop(): Promise<void>;
}

/** Nothing here is in any region; the name only has to be one. */
const REGION = 'us-east-1';

/**
 * DynamoDB, SQS and SNS in this process, on loopback ports, kept under `dataDir` (an absolute path whose lock the caller holds), with the
 * table, queues and topic of `core/deployment/resources.ts`.
 * @throws AlreadyRunning, or BadInput naming the directory that is damaged; nothing is left running then.
 */
export async function startEmbeddedCloud({ dataDir }: { dataDir: string }): Promise<EmbeddedCloud> {
  const credentials = {
    accessKeyId: randomBytes(24).toString('hex'),
    secretAccessKey: 'not checked on loopback',
  };
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const tables = await startTableServer(join(dataDir, 'dynamodb'), credentials.accessKeyId);
    stops.push(() => tables.stop());
    const queues = await startQueueServer(join(dataDir, 'queues'), REGION, credentials.accessKeyId);
    stops.push(() => queues.stop());
    const endpoints = { dynamodb: tables.endpoint, queues: queues.endpoint };
    const clientOptions: ClientOptions = {
      region: REGION,
      endpoints,
      credentials,
      signer: loopbackSigner(REGION, credentials.accessKeyId),
    };
    const provisioned = await withClients(clientOptions, (clients) => provision(clients, dataDir));
    return { region: REGION, endpoints, credentials, clientOptions, tableName: TABLE.name, ...provisioned, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function withClients<T>(options: ClientOptions, work: (clients: Clients) => Promise<T>): Promise<T> {
  const clients = makeClients(options);
  try {
    return await work(clients);
  } finally {
    clients.destroy();
  }
}
