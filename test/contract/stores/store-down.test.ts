import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { DynamoKillSwitch } from '../../../adapters/aws/dynamo/kill-switch.ts';
import { makeStores } from '../../../adapters/aws/stores.ts';
import type { Stores } from '../../../core/ports/stores.ts';
import { anAdmitted } from '../../builders/admitted.ts';
import { anApproval } from '../../builders/approval.ts';
import { anAsset } from '../../builders/asset.ts';
import { anAttribution } from '../../builders/attribution.ts';
import { anAuditRow } from '../../builders/audit-row.ts';
import { aChangeLine } from '../../builders/change-line.ts';
import { aChange } from '../../builders/change.ts';
import { aFinding } from '../../builders/finding.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { aPlan } from '../../builders/plan.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';
import { startDynalite } from './dynalite-fixture.ts';
import { makeTable } from './table-fixture.ts';

const AT = '2026-03-01T09:00:00.000Z';

/** Every method of every store. */
const callsOn = (stores: Stores, killSwitch: DynamoKillSwitch): Record<string, () => Promise<unknown>> => ({
  'assets.get': () => stores.assets.get('192.0.2.3'),
  'assets.putAll': () => stores.assets.putAll([anAsset()]),
  'assets.removeAll': () => stores.assets.removeAll(['192.0.2.3']),
  'assets.list': () => stores.assets.list(),
  'fingerprints.getMany': () => stores.fingerprints.getMany(['192.0.2.3']),
  'fingerprints.save': () => stores.fingerprints.save(aFingerprint()),
  'fingerprints.list': () => stores.fingerprints.list(),
  'changes.putAll': () => stores.changes.putAll([aChange()]),
  'changes.list': () => stores.changes.list({ limit: 1 }),
  'findings.get': () => stores.findings.get('f-1'),
  'findings.getMany': () => stores.findings.getMany(['f-1']),
  'findings.save': () => stores.findings.save(aFinding()),
  'findings.list': () => stores.findings.list(),
  'findings.listUntold': () => stores.findings.listUntold(),
  'findings.listUntold of a group': () => stores.findings.listUntold('g'),
  'whitelist.get': () => stores.whitelist.get('w-1'),
  'whitelist.save': () => stores.whitelist.save(aWhitelistEntry()),
  'whitelist.list': () => stores.whitelist.list(),
  'plans.get': () => stores.plans.get('p-1'),
  'plans.save': () => stores.plans.save(aPlan()),
  'plans.list': () => stores.plans.list(),
  'plans.listUnfinished': () => stores.plans.listUnfinished(),
  'approvals.get': () => stores.approvals.get('a-1'),
  'approvals.save': () => stores.approvals.save(anApproval()),
  'approvals.decide': () => stores.approvals.decide('a-1', 'approved', 'alice', AT),
  'approvals.list': () => stores.approvals.list(),
  'approvals.listUnfinished': () => stores.approvals.listUnfinished(),
  'audit.append': () => stores.audit.append(anAuditRow()),
  'audit.list': () => stores.audit.list({ limit: 1 }),
  'runs.get': () => stores.runs.get('r-1'),
  'runs.create': () => stores.runs.create(aTaskRun()),
  'runs.recordShard complete': () => stores.runs.recordShard('r-1', 's-1', 'complete', null),
  'runs.recordShard incomplete': () => stores.runs.recordShard('r-1', 's-1', 'incomplete', 'lag'),
  'runs.finish': () => stores.runs.finish('r-1', AT),
  'runs.lastOf': () => stores.runs.lastOf('1'),
  'runs.list': () => stores.runs.list({ limit: 1 }),
  'runs.removeExpired': () => stores.runs.removeExpired(AT),
  'locks.acquire': () => stores.locks.acquire('fw', 'a', AT, AT),
  'locks.release': () => stores.locks.release('fw', 'a'),
  'attributions.get': () => stores.attributions.get(['sgr-1']),
  'attributions.put': () => stores.attributions.put([anAttribution()]),
  'admitted.get': () => stores.admitted.get('192.0.2.3'),
  'admitted.getMany': () => stores.admitted.getMany(['192.0.2.3']),
  'admitted.save': () => stores.admitted.save(anAdmitted()),
  'admitted.list': () => stores.admitted.list(),
  'admitted.removeAll': () => stores.admitted.removeAll(['192.0.2.3']),
  'lines.get': () => stores.lines.get('local'),
  'lines.save': () => stores.lines.save(aChangeLine()),
  'lines.list': () => stores.lines.list(),
  'seenEvents.seen': () => stores.seenEvents.seen(['e-1']),
  'seenEvents.add': () => stores.seenEvents.add(['e-1'], AT),
  'seenEvents.removeExpired': () => stores.seenEvents.removeExpired(AT),
  'addressLeases.take': () => stores.addressLeases.take(['192.0.2.3'], 'a', AT, AT),
  'addressLeases.release': () => stores.addressLeases.release(['192.0.2.3'], 'a'),
  'killSwitch.read': () => killSwitch.read(),
});

const thrownBy = (call: () => Promise<unknown>): Promise<unknown> =>
  call().then(
    () => 'nothing',
    (error: unknown) => error,
  );

describe('a store that cannot be reached', () => {
  it('throws from every call, with what the SDK said as the cause', async () => {
    const dynalite = await startDynalite();
    try {
      const table = await makeTable(dynalite.client);
      const calls = callsOn(makeStores(dynalite.client, table), new DynamoKillSwitch(dynalite.client, table));
      await dynalite.stopServer();
      await Promise.all(
        Object.entries(calls).map(async ([name, call]) => {
          expect({ name, thrown: await thrownBy(call) }).toMatchObject({
            name,
            thrown: { code: 'STORE_FAILURE', cause: { code: 'ECONNREFUSED' } },
          });
        }),
      );
    } finally {
      await dynalite.close();
    }
  });

  it('is not an empty store when its table does not exist', async () => {
    const dynalite = await startDynalite();
    try {
      const calls = callsOn(
        makeStores(dynalite.client, 'no-such-table'),
        new DynamoKillSwitch(dynalite.client, 'no-such-table'),
      );
      for (const [name, call] of Object.entries(calls)) {
        expect({ name, thrown: await thrownBy(call) }).toMatchObject({
          name,
          thrown: { code: 'STORE_FAILURE', cause: expect.any(ResourceNotFoundException) as unknown },
        });
      }
    } finally {
      await dynalite.close();
    }
  });
});
