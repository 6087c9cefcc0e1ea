import { expect, it } from 'vitest';
import { makeRecheck } from '../../../fargate-scanner/recheck.ts';
import { anAsset } from '../../builders/asset.ts';
import { aShard } from '../../builders/shard.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { makeMemoryStores } from '../../support/memory/stores.ts';

const SHARD = aShard({ addresses: ['192.0.2.3', '192.0.2.4'] });

it('knows which addresses are still ours', async () => {
  const stores = makeMemoryStores();
  await stores.assets.putAll([anAsset({ address: '192.0.2.4' })]);
  expect(await makeRecheck(stores)(SHARD)).toEqual({ ours: new Set(['192.0.2.4']) });
  await stores.runs.create(aTaskRun({ id: SHARD.runId }));
  expect(await makeRecheck(stores)(SHARD)).toEqual({ ours: new Set(['192.0.2.4']) });
});

it('knows that a run is over, whoever owns the addresses', async () => {
  const stores = makeMemoryStores();
  await stores.assets.putAll([anAsset({ address: '192.0.2.4' })]);
  await stores.runs.create(aTaskRun({ id: SHARD.runId }));
  await stores.runs.finish(SHARD.runId, '2026-03-01T09:05:00.000Z');
  expect(await makeRecheck(stores)(SHARD)).toEqual({ over: 'its run ended at 2026-03-01T09:05:00.000Z' });
});
