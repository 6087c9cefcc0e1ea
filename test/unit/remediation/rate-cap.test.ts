import { describe, expect, it } from 'vitest';
import { reconcilePlans } from '../../../core/remediation/reconcile-plans.ts';
import type { Plan } from '../../../core/remediation/plan.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import { aPlan, aPlanBody } from '../../builders/plan.ts';
import { World } from '../../support/remediation/world.ts';

/** The world's first minute is 10:00; ben approves at 10:00:01. */
const RECENT = ['2026-03-01T09:10:00.000Z', '2026-03-01T09:20:00.000Z', '2026-03-01T09:59:00.000Z'];
const NOTE = 'account local has had its 3 changes of this hour';

async function worldWith(changes: readonly Partial<Plan>[], cap = 3): Promise<World> {
  const world = await World.with();
  world.ports.changesPerHour = cap;
  for (const [i, over] of changes.entries()) {
    await world.stores.plans.save(aPlan({ id: `p-other-${i}`, state: 'verified', ...over }));
  }
  return world;
}

const appliedAt = (times: readonly string[]) => times.map((at) => ({ appliedAt: at }));

describe('a change over its account’s cap', () => {
  it('waits: nothing is changed, and its request comes again when the oldest change is an hour old', async () => {
    const world = await worldWith(appliedAt(RECENT));
    const request = await world.approve();
    expect((await runChange(world.ports, request)).kind).toBe('waiting');
    expect(world.firewall.applied).toEqual([]);
    expect(await world.plan(request.planId)).toMatchObject({ state: 'proposed', note: NOTE });
    expect(world.requests).toEqual([request]);
    // 10:10 is 9 minutes and 58 s away.
    expect(world.delays).toEqual([598]);
    expect(await world.stores.approvals.get(request.approvalId!)).toMatchObject({ state: 'approved' });
  });

  it('is made once there is room, and not before', async () => {
    const world = await worldWith(appliedAt(RECENT));
    const request = await world.approve();
    await runChange(world.ports, request);
    world.now = '2026-03-01T10:09:59.999Z';
    expect((await runChange(world.ports, request)).kind).toBe('waiting');
    expect(world.delays.at(-1)).toBe(5);
    world.now = '2026-03-01T10:10:00.000Z';
    expect((await runChange(world.ports, request)).kind).toBe('applied');
    expect([...world.firewall.closed]).toEqual(['192.0.2.3:6379']);
    expect(await world.plan(request.planId)).toMatchObject({ state: 'applied', note: null });
  });

  it('is told once, however often it has to wait', async () => {
    const world = await worldWith(appliedAt(RECENT));
    const request = await world.approve();
    await runChange(world.ports, request);
    expect(await world.untold()).toEqual(['change-waits']);
    expect(await world.notes()).toBe(`Approved, and it waits for its turn: ${NOTE}. Nothing has to be done.`);
    await world.editFinding({ untold: [] });
    for (let again = 0; again < 3; again += 1) {
      world.later(30_000);
      expect((await runChange(world.ports, request)).kind).toBe('waiting');
    }
    expect(await world.untold()).toEqual([]);
  });

  it('is looked at again within 15 minutes however far away its turn is', async () => {
    const world = await worldWith(appliedAt(['2026-03-01T09:59:00.000Z']), 1);
    const request = await world.approve();
    await runChange(world.ports, request);
    expect(world.delays).toEqual([900]);
  });

  it('is not sent a second time by the reconciler, unless its message was lost', async () => {
    const world = await worldWith(appliedAt(RECENT));
    const request = await world.approve();
    await runChange(world.ports, request);
    world.requests.length = 0;
    world.later(960_000);
    await reconcilePlans(world.ports);
    expect(world.requests).toEqual([]);
    world.later(1);
    await reconcilePlans(world.ports);
    expect(world.requests).toEqual([request]);
  });

  it('is refused like any other when a condition has ended meanwhile', async () => {
    const world = await worldWith(appliedAt(RECENT));
    const request = await world.approve();
    await runChange(world.ports, request);
    world.killSwitch = async () => ({ on: true, reason: null });
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    world.later(3_600_000);
    world.killSwitch = async () => ({ on: false, reason: null });
    expect((await runChange(world.ports, request)).kind).toBe('nothing');
    expect(world.firewall.applied).toEqual([]);
  });
});

describe('the cap counts', () => {
  it('what is being made now, and what was undone since', async () => {
    const world = await worldWith([
      { state: 'applying' },
      { state: 'rolled-back', appliedAt: RECENT[1]! },
      { state: 'failed', appliedAt: RECENT[2]! },
    ]);
    expect((await runChange(world.ports, await world.approve())).kind).toBe('waiting');
  });

  it('neither what another account had, nor what is older, nor what was never made', async () => {
    const place = { account: '111122223333', region: 'eu-west-1' };
    const world = await worldWith([
      { appliedAt: RECENT[0]!, body: aPlanBody({ place }) },
      { appliedAt: '2026-03-01T09:00:02.000Z' },
      { state: 'refused' },
      { appliedAt: RECENT[1]! },
      { appliedAt: RECENT[2]! },
    ]);
    expect((await runChange(world.ports, await world.approve())).kind).toBe('applied');
  });

  it('facts of the store, not of the process: a second process waits too', async () => {
    const world = await worldWith([], 1);
    expect((await runChange(world.ports, await world.approve())).kind).toBe('applied');
    const [made] = await world.stores.plans.list();
    const other = await worldWith([{ ...made!, id: 'p-other', version: 0 }], 1);
    expect((await runChange(other.ports, await other.approve())).kind).toBe('waiting');
  });
});

describe('the cap does not stop', () => {
  it('a rollback', async () => {
    const world = await worldWith([], 1);
    const request = await world.applied();
    expect((await runChange(world.ports, { ...request, action: 'rollback' })).kind).toBe('rolled-back');
  });

  it('a change that a crash cut off', async () => {
    const world = await worldWith([], 1);
    const request = await world.approve();
    world.firewall.meanwhile = () => {
      world.firewall.unreadable = new Error('killed');
    };
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    world.firewall.unreadable = null;
    world.firewall.closed.clear();
    world.firewall.meanwhile = () => undefined;
    await world.stores.plans.save(aPlan({ id: 'p-other', state: 'verified', appliedAt: world.now }));
    world.later(61_000);
    expect((await runChange(world.ports, request)).kind).toBe('applied');
  });

  it('what a person does by hand', async () => {
    const world = await worldWith(appliedAt(RECENT));
    world.firewall.able = { able: false, reason: 'not root' };
    expect((await runChange(world.ports, await world.approve())).kind).toBe('manual');
  });
});

it('two changes of one account do not start at the same moment', async () => {
  const world = await worldWith([], 1);
  const request = await world.approve();
  await world.stores.locks.acquire('changes:local', 'other', world.now, '2026-03-01T23:00:00.000Z');
  expect((await runChange(world.ports, request)).kind).toBe('busy');
  expect(world.requests).toEqual([request]);
  expect(world.firewall.applied).toEqual([]);
});
