import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Clients, makeClients } from '../../../adapters/aws/clients.ts';
import { makeStores } from '../../../adapters/aws/stores.ts';
import { type EmbeddedCloud, startEmbeddedCloud } from '../../../local/cloud/embedded-cloud.ts';
import { describeEveryStore } from './every-store.contract.ts';
import { makeTable } from './table-fixture.ts';

let dataDir: string;
let cloud: EmbeddedCloud;
let clients: Clients;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'portcullis-stores-'));
  cloud = await startEmbeddedCloud({ dataDir });
  clients = makeClients(cloud.clientOptions);
});

afterAll(async () => {
  clients.destroy();
  await cloud.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describeEveryStore('on the embedded cloud, on disk', async () =>
  makeStores(clients.documents, await makeTable(clients.documents)),
);
