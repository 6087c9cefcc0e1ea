import { afterAll, beforeAll } from 'vitest';
import { makeStores } from '../../../adapters/aws/stores.ts';
import { startDynalite } from './dynalite-fixture.ts';
import type { Dynalite } from './dynalite-fixture.ts';
import { describeEveryStore } from './every-store.contract.ts';
import { makeTable } from './table-fixture.ts';

let dynalite: Dynalite;

beforeAll(async () => {
  dynalite = await startDynalite();
});

afterAll(() => dynalite.close());

describeEveryStore('on dynalite', async () => makeStores(dynalite.client, await makeTable(dynalite.client)));
