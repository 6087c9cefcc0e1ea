import { beforeEach, describe, expect, it } from 'vitest';
import { alertGroupOf, type Finding } from '../../../core/findings/finding.ts';
import { makeReconcile } from '../../../core/stages/reconcile.ts';
import type { FindingStore } from '../../../core/ports/stores.ts';
import { makeRejudge } from '../../../core/stages/rejudge.ts';
import { aFinding } from '../../builders/finding.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';
import { StageWorld } from '../../support/stages/world.ts';

const MARK = { kind: 'opened' as const, occurrence: 1, at: '2026-03-01T08:59:50.000Z', note: null };

let world: StageWorld;

beforeEach(() => {
  world = new StageWorld();
});

function reconcile(over: object = {}): Promise<void> {
  return makeReconcile({
    ...world.ports,
    rejudge: makeRejudge(world.ports),
    reconcilePlans: async () => undefined,
    ...over,
  })();
}

describe('what nobody was told of', () => {
  it('is announced again once its message must have been lost, with its plan prepared first', async () => {
    const finding = await world.stores.findings.save(aFinding({ version: 0, untold: [MARK] }));
    await reconcile();
    expect(world.alertRequests).toEqual([]);
    world.later(10_000);
    await reconcile();
    expect(world.prepared).toEqual([finding.id]);
    expect(world.alertRequests).toEqual([{ group: alertGroupOf(finding), delaySeconds: 0 }]);
  });

  it('is announced even when no change could be prepared for it or for another', async () => {
    await world.stores.findings.save(aFinding({ version: 0, untold: [MARK] }));
    await world.stores.findings.save(aFinding({ version: 0, address: '192.0.2.99', untold: [MARK] }));
    world.later(60_000);
    await reconcile({ prepare: () => Promise.reject(new Error('firewall unreadable')) });
    expect(world.alertRequests).toHaveLength(2);
    expect(world.warnings).toHaveLength(2);
  });
});

describe('one step that fails', () => {
  it('does not stop the others, and is an error at the end', async () => {
    await world.stores.findings.save(aFinding({ version: 0, untold: [MARK] }));
    await world.stores.runs.create(aTaskRun({ ttl: 1 }));
    world.later(60_000);
    await expect(reconcile({ rejudge: () => Promise.reject(new Error('whitelist unreadable')) })).rejects.toThrow(
      'reconcile whitelist',
    );
    expect(world.alertRequests).toHaveLength(1);
    expect(await world.stores.runs.list({ limit: 10 })).toEqual([]);
  });
});

describe('the whitelist as it is now', () => {
  const permitted = (over: Partial<Finding> = {}) =>
    aFinding({ version: 0, status: 'open', untold: [], exposed: true, ...over });

  it('takes in a finding that a new entry permits, and lets it go when the entry has run out', async () => {
    await world.stores.findings.save(permitted());
    const entry = aWhitelistEntry({
      version: 0,
      target: '192.0.2.3',
      ports: '6379',
      expiresAt: '2026-03-01T09:00:30.000Z',
    });
    await world.stores.whitelist.save(entry);
    await reconcile();
    expect(await world.findingAt(6379)).toMatchObject({ status: 'whitelisted', whitelistedBy: entry.id });
    world.later(30_000);
    await reconcile();
    expect(await world.findingAt(6379)).toMatchObject({
      status: 'open',
      whitelistedBy: null,
      untold: [{ kind: 'exception-expired' }],
    });
    expect(world.alertRequests).toHaveLength(1);
  });

  it('reads the findings only when what it permits has changed, and every hour for those that it missed', async () => {
    const entry = aWhitelistEntry({
      version: 0,
      target: '192.0.2.3',
      ports: '6379',
      expiresAt: '2026-03-01T13:00:00.000Z',
    });
    const stored = await world.stores.whitelist.save(entry);
    let lists = 0;
    const list = () => {
      lists += 1;
      return world.stores.findings.list();
    };
    const rejudge = makeRejudge({ ...world.ports, findings: { ...findingsOf(world), list } });
    await rejudge();
    // Judged on the whitelist of a moment before.
    await world.stores.findings.save(permitted());
    world.later(59 * 60_000);
    await rejudge();
    expect(lists).toBe(1);
    world.later(60_000);
    await rejudge();
    expect(lists).toBe(2);
    expect(await world.findingAt(6379)).toMatchObject({ status: 'whitelisted' });
    await world.stores.whitelist.save({ ...stored, state: 'removed' });
    await rejudge();
    expect(lists).toBe(3);
    expect(await world.findingAt(6379)).toMatchObject({ status: 'open' });
  });

  it('is applied again when it could not be applied to every finding', async () => {
    await world.stores.whitelist.save(
      aWhitelistEntry({ version: 0, target: '192.0.2.3', ports: '6379', expiresAt: '2026-03-01T13:00:00.000Z' }),
    );
    await world.stores.findings.save(permitted());
    const { findings } = world.stores;
    let broken = true;
    const save: typeof findings.save = (finding) =>
      broken ? Promise.reject(new Error('killed')) : findings.save(finding);
    const rejudge = makeRejudge({ ...world.ports, findings: { ...findingsOf(world), save } });
    await expect(rejudge()).rejects.toThrow('killed');
    broken = false;
    await rejudge();
    expect(await world.findingAt(6379)).toMatchObject({ status: 'whitelisted' });
  });

  it('writes nothing where nothing changes', async () => {
    const stored = await world.stores.findings.save(permitted());
    await reconcile();
    expect(await world.findingAt(6379)).toEqual(stored);
  });
});

/** Methods of a store are its prototype's, which a spread leaves out. */
function findingsOf({ stores: { findings } }: StageWorld): FindingStore {
  return {
    get: (id) => findings.get(id),
    getMany: (ids) => findings.getMany(ids),
    save: (finding) => findings.save(finding),
    list: () => findings.list(),
    listUntold: (group) => findings.listUntold(group),
  };
}
