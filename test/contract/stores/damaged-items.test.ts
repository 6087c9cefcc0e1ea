import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoKillSwitch } from '../../../adapters/aws/dynamo/kill-switch.ts';
import * as keys from '../../../adapters/aws/dynamo/keys.ts';
import { makeStores } from '../../../adapters/aws/stores.ts';
import { anAttribution } from '../../builders/attribution.ts';
import { aFinding } from '../../builders/finding.ts';
import { startDynalite } from './dynalite-fixture.ts';
import type { Dynalite } from './dynalite-fixture.ts';
import { makeTable } from './table-fixture.ts';

/*
 * What no writer of ours writes. Every read must say which item it is: skipping it would hide an exposure, an exception or a decision.
 */
let dynalite: Dynalite;
let table: string;
let stores: ReturnType<typeof makeStores>;

beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());
beforeEach(async () => {
  table = await makeTable(dynalite.client);
  stores = makeStores(dynalite.client, table);
});

const put = (item: Record<string, unknown>) => dynalite.client.send(new PutCommand({ TableName: table, Item: item }));

const BAD_BODIES: [what: string, body: unknown][] = [
  ['missing', undefined],
  ['not JSON', '{"id":'],
  ['JSON of another shape', '{"id":7}'],
  ['a number', 7],
  ['bytes that are not compressed', new Uint8Array([1, 2, 3])],
];

describe('an item that cannot be read', () => {
  it.each(BAD_BODIES)('is an error that names it when its body is %s', async (_, body) => {
    const at = '2026-03-01T09:00:00.000Z';
    const items: [item: keys.Key & keys.IndexKeys & { complete?: unknown }, reads: (() => Promise<unknown>)[]][] = [
      [keys.shardedKey(keys.ASSETS, '192.0.2.3'), [() => stores.assets.get('192.0.2.3'), () => stores.assets.list()]],
      [
        keys.shardedKey(keys.FINGERPRINTS, '192.0.2.3'),
        [() => stores.fingerprints.getMany(['192.0.2.1', '192.0.2.3']), () => stores.fingerprints.list()],
      ],
      [
        { ...keys.shardedKey(keys.FINDINGS, 'f-1'), ...keys.untoldKeys('f-1', 'g') },
        [
          () => stores.findings.get('f-1'),
          () => stores.findings.getMany(['f-1']),
          () => stores.findings.list(),
          () => stores.findings.listUntold(),
          () => stores.findings.listUntold('g'),
        ],
      ],
      [{ pk: keys.WHITELIST, sk: 'w-1' }, [() => stores.whitelist.get('w-1'), () => stores.whitelist.list()]],
      [
        { ...keys.shardedKey(keys.PLANS, 'p-1'), gsi2pk: keys.UNFINISHED_PLANS, gsi2sk: 'p-1' },
        [() => stores.plans.get('p-1'), () => stores.plans.list(), () => stores.plans.listUnfinished()],
      ],
      [
        { ...keys.shardedKey(keys.APPROVALS, 'a-1'), gsi2pk: keys.UNFINISHED_APPROVALS, gsi2sk: 'a-1' },
        [
          () => stores.approvals.get('a-1'),
          () => stores.approvals.list(),
          () => stores.approvals.listUnfinished(),
          () => stores.approvals.decide('a-1', 'approved', 'alice', at),
        ],
      ],
      [{ pk: keys.LINES, sk: 'local' }, [() => stores.lines.get('local'), () => stores.lines.list()]],
      [
        keys.shardedKey(keys.ADMITTED, '192.0.2.3'),
        [
          () => stores.admitted.get('192.0.2.3'),
          () => stores.admitted.getMany(['192.0.2.3']),
          () => stores.admitted.list(),
        ],
      ],
      [
        keys.ruleHistoryKey('sgr-1'),
        [() => stores.attributions.get(['sgr-1']), () => stores.attributions.put([anAttribution()])],
      ],
      [keys.changeKeys('c-1', at), [() => stores.changes.list({ limit: 5 })]],
      [
        keys.auditKeys('audit-1', at, 'p-1'),
        [() => stores.audit.list({ limit: 5 }), () => stores.audit.list({ limit: 5, object: 'p-1' })],
      ],
      [
        { ...keys.runKey('r-1'), complete: body ?? 'text' },
        [() => stores.runs.get('r-1'), () => stores.runs.recordShard('r-1', 's-1', 'incomplete', null)],
      ],
    ];
    for (const [item, reads] of items) {
      await put({ ...item, body });
      for (const read of reads) {
        await expect(read()).rejects.toMatchObject({
          code: 'CORRUPT_ITEM',
          message: expect.stringContaining(`pk=${item.pk} sk=${item.sk} `) as string,
        });
      }
    }
  });

  it('is not written over by somebody who thinks that it is missing', async () => {
    await put({ ...keys.shardedKey(keys.FINDINGS, 'f-1'), body: 'damaged' });
    await expect(stores.findings.save(aFinding({ id: 'f-1', version: 0 }))).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
  });
});

describe('the kill switch on DynamoDB', () => {
  it('is off without an item, and as the item says with one', async () => {
    const killSwitch = new DynamoKillSwitch(dynalite.client, table);
    expect(await killSwitch.read()).toEqual({ on: false, reason: null });
    await put({ ...keys.KILL_SWITCH_KEY, on: true, reason: 'maintenance' });
    expect(await killSwitch.read()).toEqual({ on: true, reason: 'maintenance' });
    await put({ ...keys.KILL_SWITCH_KEY, on: true });
    expect(await killSwitch.read()).toEqual({ on: true, reason: null });
    await put({ ...keys.KILL_SWITCH_KEY, on: false, reason: 'done' });
    expect(await killSwitch.read()).toEqual({ on: false, reason: 'done' });
  });

  it.each([[undefined], ['yes'], [1]])('throws when its item says on=%s', async (on) => {
    await put({ ...keys.KILL_SWITCH_KEY, on });
    await expect(new DynamoKillSwitch(dynalite.client, table).read()).rejects.toThrow('pk=CONTROL#kill-switch');
  });
});
