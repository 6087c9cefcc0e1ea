import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { makeClients } from '../../../adapters/aws/clients.ts';
import { aFakeEndpoint } from '../../support/aws/fake-endpoint.ts';
import { rejectsWithinSeconds } from '../../support/aws/fake-seconds.ts';

it.each(['DynamoDB', 'SQS', 'SNS'])(
  'a request to %s that is taken and never answered fails, after three attempts of 30 s',
  async (service) => {
    let requests = 0;
    const url = await aFakeEndpoint(() => (requests += 1));
    const clients = makeClients({
      region: 'us-east-1',
      endpoints: { dynamodb: url, queues: url },
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    onTestFinished(() => clients.destroy());
    const error = await rejectsWithinSeconds(95, () => {
      if (service === 'DynamoDB') return clients.documents.send(new ListTablesCommand({}));
      if (service === 'SQS') return clients.sqs.send(new ListQueuesCommand({}));
      return clients.sns.send(new ListTopicsCommand({}));
    });
    expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(requests).toBe(3);
  },
);
