import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { makeStores } from '../../../adapters/aws/stores.ts';
import { emulatorClientConfig } from '../../support/emulators/client-config.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startDynamoDbLocal } from '../../support/emulators/dynamodb-local.ts';
import { describeWith } from '../../support/need.ts';
import { describeEveryStore } from './every-store.contract.ts';
import { makeTable } from './table-fixture.ts';

describeWith(['dynamodb-local'], 'every store', () => {
  let emulator: Emulator;
  let client: DynamoDBDocumentClient;

  beforeAll(async () => {
    emulator = await startDynamoDbLocal();
    client = DynamoDBDocumentClient.from(new DynamoDBClient(emulatorClientConfig(emulator.url)), {
      marshallOptions: { removeUndefinedValues: true },
    });
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    client.destroy();
    await emulator.close();
  });

  describeEveryStore('on dynamodb-local', async () => makeStores(client, await makeTable(client)));
});
