import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeClients } from '../../../adapters/aws/clients.ts';
import { makeStores } from '../../../adapters/aws/stores.ts';
import { startTableServer } from '../../../local/cloud/table-server.ts';
import { aFinding } from '../../builders/finding.ts';
import { aPlan } from '../../builders/plan.ts';
import { makeTable } from './table-fixture.ts';

describe('stores on the table server of one machine', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'portcullis-stores-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function serve() {
    const server = await startTableServer(directory, 'test');
    const clients = makeClients({
      region: 'us-east-1',
      endpoints: { dynamodb: server.endpoint, queues: server.endpoint },
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const stop = async () => {
      clients.destroy();
      await server.stop();
    };
    return { client: clients.documents, stop };
  }

  it('keep versions and unfinished work over a restart', async () => {
    const first = await serve();
    const table = await makeTable(first.client);
    const before = makeStores(first.client, table);
    const untold = await before.findings.save(aFinding({ version: 0 }));
    const told = await before.findings.save(aFinding({ id: 'f-told', version: 0 }));
    await before.findings.save({ ...told, untold: [] });
    const applying = await before.plans.save(aPlan({ state: 'applying' }));
    await first.stop();

    const second = await serve();
    try {
      const after = makeStores(second.client, table);
      expect(await after.findings.listUntold()).toEqual([untold]);
      expect(await after.plans.listUnfinished()).toEqual([applying]);
      await expect(after.plans.save(aPlan())).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
      expect((await after.plans.save({ ...applying, state: 'applied' })).version).toBe(2);
    } finally {
      await second.stop();
    }
  });
});
