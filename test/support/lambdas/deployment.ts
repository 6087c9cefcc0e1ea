import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { type Clients, makeClients } from '../../../adapters/aws/clients.ts';
import { KmsLinkSigner, linkKeyClient } from '../../../adapters/aws/kms-link-signer.ts';
import { makeStores } from '../../../adapters/aws/stores.ts';
import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';
import type { Settings } from '../../../core/config/settings.ts';
import type { LinkSigner } from '../../../core/ports/link-signer.ts';
import type { Stores } from '../../../core/ports/stores.ts';
import { createTable } from '../../../local/cloud/create-table.ts';
import { sqsEventOf } from '../../../local/cloud/sqs-event.ts';
import type { VARIABLES } from '../../../lambdas/environment.ts';
import { emulatorClientConfig } from '../emulators/client-config.ts';
import { type ProvisionedQueues, provisionQueues } from '../emulators/provision-queues.ts';

/** What a stack would have made, empty, in the emulator at one URL. */
export interface Deployment {
  readonly clients: Clients;
  readonly queues: ProvisionedQueues;
  readonly tableName: string;
  readonly stores: Stores;
  readonly signer: LinkSigner;
  /** What the functions find in their environment, but for the dead-letter queue, which each has of its own. */
  environment(over?: Partial<Settings>): Record<Exclude<keyof typeof VARIABLES, 'DEAD_LETTERS_QUEUE_URL'>, string>;
  /** The messages on the queue at `url`, as Lambda hands them to a function; empty when there are none. */
  eventFrom(url: string, waitSeconds?: number): Promise<SQSEvent>;
  destroy(): void;
}

export const PUBLIC_URL = 'https://links.example.com';

let made = 0;

export async function deploy(url: string): Promise<Deployment> {
  made += 1;
  const { region, endpoint, credentials } = emulatorClientConfig(url);
  const clients = makeClients({ region, credentials, endpoints: { dynamodb: endpoint, queues: endpoint } });
  const kms = linkKeyClient({ region, endpoint, credentials });
  const tableName = `portcullis-${made}`;
  await createTable(clients.documents, tableName);
  const queues = await provisionQueues(clients);
  const hmac = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const;
  const key = await kms.send(new CreateKeyCommand(hmac));
  const signInKey = await kms.send(new CreateKeyCommand(hmac));
  const signer = new KmsLinkSigner(kms, key.KeyMetadata?.KeyId ?? '');
  return {
    clients,
    queues,
    tableName,
    stores: makeStores(clients.documents, tableName),
    signer,
    environment: (over = {}) => ({
      TABLE_NAME: tableName,
      SETTINGS: JSON.stringify({ ...DEFAULT_SETTINGS, targets: ['192.0.2.3'], ...over }),
      SHARDS_QUEUE_URL: queues.queueUrls.shards,
      SHARDS_PRIORITY_QUEUE_URL: queues.queueUrls['shards-priority'],
      SHARDS_BACKSTOP_QUEUE_URL: queues.queueUrls['shards-backstop'],
      RESULTS_QUEUE_URL: queues.queueUrls.results,
      ALERTS_QUEUE_URL: queues.queueUrls.alerts,
      REMEDIATION_QUEUE_URL: queues.queueUrls.remediation,
      ALERT_TOPIC_ARN: queues.topicArn,
      LINK_TOPIC_ARN: queues.linkTopicArn,
      LINK_KEY_ID: signer.keyId,
      SIGN_IN_KEY_ID: signInKey.KeyMetadata?.KeyId ?? '',
      PUBLIC_URL,
    }),
    async eventFrom(queueUrl, waitSeconds = 5) {
      const { Messages = [] } = await clients.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      );
      return sqsEventOf(Messages, { arn: 'arn:aws:sqs:us-east-1:123456789012:test', region });
    },
    destroy() {
      clients.destroy();
      kms.destroy();
    },
  };
}
