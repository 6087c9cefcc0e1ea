import { afterAll, beforeAll } from 'vitest';
import { type Clients, makeClients } from '../../../adapters/aws/clients.ts';
import { makeStores } from '../../../adapters/aws/stores.ts';
import { emulatorClientConfig } from '../../support/emulators/client-config.ts';
import { type Emulator, STARTS_WITHIN_MS } from '../../support/emulators/emulator-process.ts';
import { describeWith, type Need } from '../../support/need.ts';
import { describeEveryStore } from './every-store.contract.ts';
import { makeTable } from './table-fixture.ts';

/** Every store on an emulator that runs beside the tests: one server for all of them, a table for each. */
export function describeEmulatedStores(name: Need, start: () => Promise<Emulator>): void {
  describeWith([name], 'every store', () => {
    let emulator: Emulator | undefined;
    let clients: Clients;

    beforeAll(async () => {
      emulator = await start();
      const { region, credentials, endpoint } = emulatorClientConfig(emulator.url);
      clients = makeClients({ region, credentials, endpoints: { dynamodb: endpoint, queues: endpoint } });
    }, STARTS_WITHIN_MS);

    afterAll(async () => {
      if (emulator === undefined) return;
      clients.destroy();
      await emulator.close();
    });

    describeEveryStore(`on ${name}`, async () => makeStores(clients.documents, await makeTable(clients.documents)));
  });
}
