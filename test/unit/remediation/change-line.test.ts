import { describe, expect, it } from 'vitest';
import { resumeLine } from '../../../core/remediation/change-line.ts';
import { compareRecordWithFirewall } from '../../../core/remediation/closed-ports/compare-record.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import { recordVerification } from '../../../core/remediation/verify.ts';
import { aChangeLine } from '../../builders/change-line.ts';
import { sabotage } from '../../support/remediation/sabotage.ts';
import { World } from '../../support/remediation/world.ts';

const TARGET = '192.0.2.3:6379';
const NEIGHBOURS = ['192.0.2.3:8080', '192.0.2.4:443'];
const LOST = `${NEIGHBOURS[1]}, which had to stay open, does not answer since the change`;
const USELESS = `${TARGET} still answers although nftables:inet portcullis closes it`;

/** A change is approved and made, the neighbour 192.0.2.4:443 does not answer any more, and the change is undone. */
async function losesNeighbour(world: World): Promise<void> {
  await world.applied();
  for (let look = 1; look <= 2; look += 1) await world.verifyAll([NEIGHBOURS[0]!]);
  await undone(world);
}

async function doesNotClose(world: World): Promise<void> {
  await world.applied();
  for (let look = 1; look <= 3; look += 1) await world.verifyAll([TARGET, ...NEIGHBOURS]);
  await undone(world);
}

async function undone(world: World): Promise<void> {
  const rollback = world.requests.pop()!;
  expect(rollback.action).toBe('rollback');
  expect((await runChange(world.ports, rollback)).kind).toBe('rolled-back');
}

const resume = (world: World, reason: string | null = null) =>
  resumeLine(world.ports, { account: 'local', actor: 'ana', reason });

describe('the line of an account', () => {
  it('goes on after one change that did harm', async () => {
    const world = await World.with();
    await losesNeighbour(world);
    expect(await world.stores.lines.get('local')).toMatchObject({ failures: [{ why: LOST }], stoppedAt: null });
    expect(await world.untold()).not.toContain('line-stopped');
    expect((await runChange(world.ports, await world.approve())).kind).toBe('applied');
  });

  it('stops after two within a day, whichever harm it was; it is told and recorded once', async () => {
    const world = await World.with();
    await losesNeighbour(world);
    world.later(80_000_000);
    await world.editFinding({ untold: [] });
    await doesNotClose(world);
    const line = await world.stores.lines.get('local');
    expect(line).toMatchObject({ failures: [{ why: LOST }, { why: USELESS }] });
    expect(line?.stoppedAt).toBe(line?.failures[1]?.at);
    expect((await world.untold()).filter((kind) => kind === 'line-stopped')).toHaveLength(1);
    expect(await world.notes()).toMatch(
      /Changes in account local are stopped since \S+, because 2 had to be undone within a day: .*run portcullis resume local\./,
    );
    expect(await world.stores.audit.list({ limit: 10, object: 'local' })).toMatchObject([{ action: 'line-stopped' }]);
  });

  it('goes on when more than a day lies between two', async () => {
    const world = await World.with();
    await losesNeighbour(world);
    world.later(86_500_000);
    await losesNeighbour(world);
    expect(await world.stores.lines.get('local')).toMatchObject({ failures: [{ why: LOST }], stoppedAt: null });
  });

  it('does not count what a person undoes', async () => {
    const world = await World.with();
    for (let i = 0; i < 3; i += 1) {
      const request = await world.applied();
      await world.verifyAll(NEIGHBOURS);
      expect((await runChange(world.ports, { ...request, action: 'rollback', actor: 'ana' })).kind).toBe('rolled-back');
      world.later(1_000);
    }
    expect(await world.stores.lines.list()).toEqual([]);
  });

  it.each(['lines', 'plans', 'audit', 'findings'] as const)(
    'counts a failure once when a crash at the store of %s repeats it, and is told then',
    async (name) => {
      const world = await World.with();
      await losesNeighbour(world);
      world.later(1_000);
      await world.editFinding({ untold: [] });
      await world.applied();
      await world.verifyAll([NEIGHBOURS[0]!]);
      const results = world.answers([NEIGHBOURS[0]!]);
      const store = world.ports[name] as unknown as Record<string, unknown>;
      const heal = sabotage(store, name === 'audit' ? 'append' : 'save');
      for (const result of results) await recordVerification(world.ports, result).catch(() => undefined);
      heal();
      for (const result of results) await recordVerification(world.ports, result);
      for (const result of results) await recordVerification(world.ports, result);
      expect((await world.stores.lines.get('local'))?.failures).toHaveLength(2);
      expect((await world.untold()).filter((kind) => kind === 'line-stopped')).toHaveLength(1);
      expect((await world.auditActions()).filter((action) => action === 'line-stopped')).toHaveLength(1);
      expect(world.requests).toMatchObject([{ action: 'rollback' }]);
    },
  );
});

describe('while the line is stopped', () => {
  async function stoppedWorld(): Promise<World> {
    const world = await World.with();
    await world.stores.lines.save(aChangeLine({ account: 'local' }));
    return world;
  }

  it('an approved change is refused, and nothing is changed', async () => {
    const world = await stoppedWorld();
    const outcome = await runChange(world.ports, await world.approve());
    expect(outcome).toMatchObject({
      kind: 'refused',
      plan: { note: expect.stringContaining('portcullis resume local') },
    });
    expect(world.firewall.applied).toEqual([]);
    expect(await world.untold()).toEqual(['change-failed']);
  });

  it('other accounts go on', async () => {
    const world = await World.with();
    await world.stores.lines.save(aChangeLine({ account: '111122223333' }));
    expect((await runChange(world.ports, await world.approve())).kind).toBe('applied');
  });

  it('what was closed before can be put back', async () => {
    const world = await World.with();
    const request = await world.applied();
    await world.stores.lines.save(aChangeLine({ account: 'local' }));
    expect((await runChange(world.ports, { ...request, action: 'rollback' })).kind).toBe('rolled-back');
  });

  it('a closure that a reboot took is not made again, and a person hears why', async () => {
    const world = await World.with();
    await world.applied();
    await world.verifyAll(NEIGHBOURS);
    world.firewall.closed.clear();
    await world.stores.lines.save(aChangeLine({ account: 'local' }));
    const { missing, restored } = await compareRecordWithFirewall(world.ports);
    expect({ restored, missing: missing.length }).toEqual({ restored: [], missing: 1 });
    expect([...world.firewall.closed]).toEqual([]);
  });

  it('a line that cannot be read counts as stopped', async () => {
    const world = await World.with();
    const request = await world.approve();
    world.stores.lines.get = () => Promise.reject(new Error('table is corrupt'));
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(await world.notes()).toContain('table is corrupt');
  });
});

describe('resuming', () => {
  it('lets changes be made again, with a row that says who; two more failures stop it again', async () => {
    const world = await World.with();
    await world.stores.lines.save(aChangeLine({ account: 'local' }));
    expect(await resume(world, 'probe path mended')).toMatchObject({ failures: [], stoppedAt: null });
    expect(await world.stores.audit.list({ limit: 10, object: 'local' })).toMatchObject([
      {
        actor: 'ana',
        action: 'line-resumed',
        detail: 'stopped since 2026-03-01T10:00:00.000Z; reason: probe path mended',
      },
    ]);
    await losesNeighbour(world);
    expect((await world.stores.lines.get('local'))?.stoppedAt).toBeNull();
    world.later(1_000);
    await losesNeighbour(world);
    expect((await world.stores.lines.get('local'))?.stoppedAt).not.toBeNull();
  });

  it('is refused where nothing is stopped', async () => {
    const world = await World.with();
    await expect(resume(world)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await losesNeighbour(world);
    await expect(resume(world)).rejects.toMatchObject({ code: 'REFUSED' });
    expect(await world.stores.audit.list({ limit: 10, object: 'local' })).toEqual([]);
  });

  it('is recorded once when it is repeated after a crash', async () => {
    const world = await World.with();
    await world.stores.lines.save(aChangeLine({ account: 'local' }));
    const heal = sabotage(world.stores.lines, 'save');
    await expect(resume(world)).rejects.toThrow('killed');
    heal();
    expect(await resume(world)).toMatchObject({ stoppedAt: null });
    expect(await world.stores.audit.list({ limit: 10, object: 'local' })).toHaveLength(1);
  });
});
