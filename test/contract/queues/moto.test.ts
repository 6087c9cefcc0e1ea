import { afterAll, beforeAll } from 'vitest';
import { type Clients, makeClients } from '../../../adapters/aws/clients.ts';
import { emulatorClientConfig } from '../../support/emulators/client-config.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { provisionQueues } from '../../support/emulators/provision-queues.ts';
import { describeWith } from '../../support/need.ts';
import { describeEveryQueue } from './every-queue.contract.ts';

describeWith(['moto'], 'every queue', () => {
  let moto: Emulator;
  let clients: Clients;

  beforeAll(async () => {
    moto = await startMoto();
    const { region, credentials, endpoint } = emulatorClientConfig(moto.url);
    clients = makeClients({ region, credentials, endpoints: { dynamodb: endpoint, queues: endpoint } });
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    clients.destroy();
    await moto.close();
  });

  describeEveryQueue('moto', async () => ({ clients, ...(await provisionQueues(clients)) }));
});
