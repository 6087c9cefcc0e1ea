import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUN_SHARDS, runKey } from '../../../adapters/aws/dynamo/keys.ts';
import { DynamoTaskRunStore } from '../../../adapters/aws/dynamo/task-run-store.ts';
import { Table } from '../../../adapters/aws/dynamo/table.ts';
import { makeStores } from '../../../adapters/aws/stores.ts';
import type { ScannedBy } from '../../../core/planning/task-run.ts';
import type { Estimate } from '../../../core/scanning/estimate.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { startDynalite } from './dynalite-fixture.ts';
import { makeTable } from './table-fixture.ts';

type Dynalite = Awaited<ReturnType<typeof startDynalite>>;

describe('counts of a run', () => {
  let dynalite: Dynalite;
  let table: string;
  let crashing = false;
  let runs: DynamoTaskRunStore;
  let made = 0;

  beforeAll(async () => {
    dynalite = await startDynalite();
    table = await makeTable(dynalite.client);
    const client = {
      async send(command: UpdateCommand) {
        const isCount = command instanceof UpdateCommand && command.input.Key?.['sk'] === 'RUN';
        if (crashing && isCount) throw new Error('the process ends here');
        return dynalite.client.send(command);
      },
    } as unknown as DynamoDBDocumentClient;
    runs = new DynamoTaskRunStore(client, table, true);
  });
  afterAll(() => dynalite.close());

  async function newRun(shards: number): Promise<string> {
    made += 1;
    await runs.create(aTaskRun({ id: `r-${made}`, shards }));
    return `r-${made}`;
  }

  async function crashBeforeCount(...args: Parameters<DynamoTaskRunStore['recordShard']>): Promise<void> {
    crashing = true;
    try {
      await expect(runs.recordShard(...args)).rejects.toMatchObject({ code: 'STORE_FAILURE' });
    } finally {
      crashing = false;
    }
  }

  it('are whole when the last shard crashed between its marker and its count, and its message comes again', async () => {
    const id = await newRun(2);
    await runs.recordShard(id, 's-1', 'complete', null);
    await crashBeforeCount(id, 's-2', 'incomplete', 'lag');
    expect(await runs.get(id)).toMatchObject({ complete: 1, incomplete: 0 });
    const after = await runs.recordShard(id, 's-2', 'incomplete', 'lag');
    expect(after).toMatchObject({ complete: 1, incomplete: 1, reasons: ['lag'] });
    expect(await runs.recordShard(id, 's-2', 'incomplete', 'lag')).toEqual(after);
  });

  it('are whole with the last shard when one in the middle crashed and came again', async () => {
    const id = await newRun(3);
    await crashBeforeCount(id, 's-1', 'complete', null);
    expect(await runs.recordShard(id, 's-1', 'complete', null)).toMatchObject({ complete: 0 });
    expect(await runs.recordShard(id, 's-2', 'complete', null)).toMatchObject({ complete: 1 });
    expect(await runs.recordShard(id, 's-3', 'complete', null)).toMatchObject({ complete: 3, incomplete: 0 });
  });

  it('stay exact when a count comes after the repair', async () => {
    const id = await newRun(2);
    await crashBeforeCount(id, 's-1', 'complete', null);
    await crashBeforeCount(id, 's-2', 'complete', null);
    await runs.recordShard(id, 's-1', 'complete', null);
    expect(await runs.recordShard(id, 's-2', 'complete', null)).toMatchObject({ complete: 2, incomplete: 0 });
    expect(await runs.recordShard(id, 's-1', 'incomplete', 'late')).toMatchObject({ complete: 2, incomplete: 0 });
  });

  it('are right at the end and never too high, whatever crashes, repeats and order there were', async () => {
    const event = fc.record({
      shard: fc.integer({ min: 1, max: 4 }),
      ended: fc.constantFrom('complete' as const, 'incomplete' as const),
      crash: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 10 }), async (events) => {
        const id = await newRun(4);
        const seen = new Map<string, 'complete' | 'incomplete'>();
        const scans = new Map<string, ScannedBy>();
        const record = async ({ shard, ended }: { shard: number; ended: 'complete' | 'incomplete' }) => {
          const name = `s-${shard}`;
          made += 1;
          const estimate = { loss: 0.5, probes: 2 * made, missedOpen: made / 8, receiveDrops: made };
          const by = { engine: made % 2 ? 'syn' : 'nmap 7.93', whyNotBetter: null, estimate, unknown: made % 3 };
          const before = seen.get(name);
          if (before === undefined || (before === 'incomplete' && ended === 'complete')) scans.set(name, by);
          seen.set(name, before === 'complete' ? 'complete' : ended);
          return [id, name, ended, null, by] as const;
        };
        const again: Awaited<ReturnType<typeof record>>[] = [];
        let tooHigh = false;
        for (const each of events) {
          const call = await record(each);
          if (!each.crash) {
            const run = await runs.recordShard(...call);
            tooHigh ||= run!.complete + run!.incomplete > seen.size;
          } else {
            await crashBeforeCount(...call);
            again.push(call);
          }
        }
        for (const call of again) await runs.recordShard(...call);
        for (const shard of [1, 2, 3, 4]) {
          if (!seen.has(`s-${shard}`)) await runs.recordShard(...(await record({ shard, ended: 'complete' })));
        }
        expect(tooHigh).toBe(false);
        const complete = [...seen.values()].filter((ended) => ended === 'complete').length;
        const by = [...scans.values()];
        const sum = (of: (one: Estimate) => number): number => by.reduce((all, { estimate }) => all + of(estimate!), 0);
        const shardsOf = (engine: string): number => by.filter((one) => one.engine === engine).length;
        const engines = { syn: shardsOf('syn'), 'nmap 7.93': shardsOf('nmap 7.93') };
        const run = await runs.get(id);
        expect(run).toMatchObject({ complete, incomplete: 4 - complete });
        expect(run?.unknown).toBe(by.reduce((all, { unknown }) => all + unknown, 0));
        expect({ syn: 0, 'nmap 7.93': 0, ...run?.engines }).toEqual(engines);
        expect(run?.estimate).toEqual({
          loss: 0.5,
          probes: sum(({ probes }) => probes),
          missedOpen: sum(({ missedOpen }) => missedOpen),
          receiveDrops: sum(({ receiveDrops }) => receiveDrops),
        });
      }),
      { numRuns: 60 },
    );
  });

  it('cost the same write however large the run is, and the run stays small', async () => {
    const id = await newRun(10_000);
    const ids = Array.from({ length: 300 }, (_, i) => `s-${i}`);
    await Promise.all(ids.map((shard) => runs.recordShard(id, shard, 'complete', null)));
    const item = await new Table(dynalite.client, table).get(runKey(id));
    expect(JSON.stringify(item).length).toBeLessThan(500);
  });

  it('leave their markers to the table where it deletes what has expired, and take them along where it does not', async () => {
    const markers = (id: string) =>
      new Table(dynalite.client, table).queryAll({
        partition: runKey(id).pk,
        bound: { sign: '>=', key: RUN_SHARDS },
      });
    const now = '2026-03-01T09:00:00.000Z';
    const onAws = makeStores(dynalite.client, table).runs;
    await onAws.create(aTaskRun({ id: 'r-aws', ttl: 1_000 }));
    await onAws.recordShard('r-aws', 's-1', 'complete', null);
    await onAws.removeExpired(now);
    expect(await markers('r-aws')).toEqual([expect.objectContaining({ ttl: 1_000, ended: 'complete' })]);
    await runs.create(aTaskRun({ id: 'r-here', ttl: 1_000 }));
    await runs.recordShard('r-here', 's-1', 'complete', null);
    await runs.removeExpired(now);
    expect(await markers('r-here')).toEqual([]);
  });
});
