import { describe, expect, it } from 'vitest';
import { compareRecordWithFirewall } from '../../../core/remediation/closed-ports/compare-record.ts';
import { reconcilePlans } from '../../../core/remediation/reconcile-plans.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';
import { World } from '../../support/remediation/world.ts';

const TARGET = '192.0.2.3:6379';
const ALL_GOOD = ['192.0.2.3:8080', '192.0.2.4:443'];

describe('resuming what a crash left', () => {
  it('sends the request again for a decision that led to nothing, but not at once', async () => {
    const world = await World.with();
    const request = await world.approve();
    await reconcilePlans(world.ports);
    expect(world.requests).toEqual([]);
    world.later(20_000);
    await reconcilePlans(world.ports);
    expect(world.requests).toEqual([request]);
  });

  it('finishes a denial that a crash cut off, once', async () => {
    const world = await World.with();
    const { approvalId, planId } = await world.approve();
    const approval = await world.stores.approvals.get(approvalId ?? '');
    await world.stores.approvals.save({ ...approval!, state: 'denied' });
    world.later(20_000);
    await reconcilePlans(world.ports);
    expect(await world.plan(planId)).toMatchObject({
      state: 'refused',
      note: expect.stringContaining('denied by') as string,
    });
    expect(await world.auditActions()).toContain('approval-denied');
    expect(await world.stores.approvals.listUnfinished()).toEqual([]);
  });

  it('sends the request again for a plan that stays applying or rolling back', async () => {
    const world = await World.with();
    const request = await world.approve();
    world.firewall.meanwhile = () => {
      world.firewall.unreadable = new Error('killed');
    };
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    world.firewall.unreadable = null;
    world.later(16_000);
    await reconcilePlans(world.ports);
    expect(world.requests).toEqual([{ ...request, actor: 'portcullis' }]);
    expect((await runChange(world.ports, world.requests[0]!)).kind).toBe('applied');

    for (let look = 1; look <= 3; look += 1) await world.verifyAll([TARGET, ...ALL_GOOD]);
    world.requests.length = 0;
    world.later(16_000);
    await reconcilePlans(world.ports);
    expect(world.requests).toMatchObject([{ action: 'rollback', planId: request.planId }]);
  });

  it('verifies again, with new shards, what was not verified; in the end a person is told once', async () => {
    const world = await World.with();
    const { planId } = await world.applied();
    const ids = new Set<string>();
    for (let minute = 1; minute <= 20; minute += 1) {
      for (const { shard } of world.shards.splice(0)) ids.add(shard.shardId);
      world.later(60_000);
      await reconcilePlans(world.ports);
    }
    expect(ids.size).toBe(20);
    expect(await world.untold()).toEqual(['needs-person']);
    await world.editFinding({ untold: [] });
    world.later(60_000);
    await reconcilePlans(world.ports);
    expect(await world.untold()).toEqual([]);
    expect((await world.plan(planId)).state).toBe('applied');
  });

  it('leaves what makes progress alone', async () => {
    const world = await World.with();
    await world.applied();
    world.shards.length = 0;
    world.later(15_000);
    await reconcilePlans(world.ports);
    expect(world.shards).toEqual([]);
    expect(world.requests).toEqual([]);
  });

  it('does not carry out an old approval of a plan that was proposed anew', async () => {
    const world = await World.with();
    const request = await world.approve();
    const plan = await world.plan(request.planId);
    await world.stores.plans.save({ ...plan, createdAt: world.now });
    world.later(60_000);
    await reconcilePlans(world.ports);
    expect(world.requests).toEqual([]);
  });

  it('looks every ten seconds for what a person does by hand, until the approval runs out', async () => {
    const world = await World.with({}, 'propose');
    const request = await world.approve();
    await runChange(world.ports, request);
    world.shards.length = 0;
    world.later(5_000);
    await reconcilePlans(world.ports);
    expect(world.shards).toHaveLength(0);
    world.later(5_000);
    await reconcilePlans(world.ports);
    expect(world.shards).toHaveLength(2);
    world.later(3_600_000);
    await reconcilePlans(world.ports);
    expect(await world.plan(request.planId)).toMatchObject({ state: 'refused' });
    expect((await world.stores.approvals.get(request.approvalId!))?.state).toBe('failed');
    expect(await world.notes()).toContain('nobody ran the commands');
  });

  it('expires a proposal that nobody decided', async () => {
    const world = await World.with();
    const { plan, approval } = await world.propose();
    world.later(3_600_000);
    await reconcilePlans(world.ports);
    expect((await world.stores.approvals.get(approval.id))?.state).toBe('expired');
    expect((await world.plan(plan.id)).state).toBe('refused');
    expect(await world.untold()).toEqual([]);
  });

  it('does not let one plan that fails stop the others', async () => {
    const world = await World.with();
    await world.approve();
    world.later(20_000);
    world.ports.queue.send = () => Promise.reject(new Error('queue is gone'));
    await expect(reconcilePlans(world.ports)).rejects.toThrow('queue is gone');
  });
});

describe('comparing the record with the firewall at the start', () => {
  it('says nothing while both agree', async () => {
    const world = await World.with();
    await world.applied();
    expect(await compareRecordWithFirewall(world.ports)).toEqual({ restored: [], missing: [], unrecorded: [] });
    expect(await world.untold()).toEqual([]);
  });

  it('closes again what a reboot opened, tells, and verifies it', async () => {
    const world = await World.with();
    const { planId } = await world.applied();
    await world.verifyAll(ALL_GOOD);
    await world.editFinding({ untold: [] });
    world.firewall.closed.clear();
    world.later(60_000);
    const { restored } = await compareRecordWithFirewall(world.ports);
    expect(restored.map((plan) => plan.id)).toEqual([planId]);
    expect([...world.firewall.closed]).toEqual([TARGET]);
    expect(await world.untold()).toEqual(['needs-person']);
    expect(await world.plan(planId)).toMatchObject({ state: 'applied', appliedAt: world.now });
    await world.verifyAll(ALL_GOOD);
    expect((await world.plan(planId)).state).toBe('verified');
  });

  it('does not close again what was rolled back, even if an older plan says so', async () => {
    const world = await World.with();
    await world.applied();
    await world.verifyAll(ALL_GOOD);
    world.firewall.closed.clear();
    await world.editFinding({ occurrence: 2, status: 'open', planId: null, approvalId: null });
    const second = await world.applied();
    world.later(1_000);
    await runChange(world.ports, { ...second, action: 'rollback' });
    const plans = await world.stores.plans.list();
    expect(plans.map((plan) => plan.state).sort()).toEqual(['rolled-back', 'verified']);
    for (const listed of [plans, plans.toReversed()]) {
      world.stores.plans.list = async () => listed;
      expect((await compareRecordWithFirewall(world.ports)).restored).toEqual([]);
    }
    expect([...world.firewall.closed]).toEqual([]);
  });

  it('does not close again what opened anew and a person left open', async () => {
    const world = await World.with();
    await world.applied();
    await world.verifyAll(ALL_GOOD);
    world.firewall.closed.clear();
    await world.editFinding({ occurrence: 2, status: 'open', planId: null, approvalId: null });
    world.later(1_000);
    const { plan } = await world.propose();
    world.later(1_000);
    await world.stores.plans.save({ ...plan, state: 'refused', note: 'denied by ben', updatedAt: world.now });
    expect((await compareRecordWithFirewall(world.ports)).restored).toEqual([]);
    expect([...world.firewall.closed]).toEqual([]);
  });

  it('tells of a closure that somebody made again after it was rolled back', async () => {
    const world = await World.with();
    const request = await world.applied();
    await runChange(world.ports, { ...request, action: 'rollback' });
    world.firewall.closed.add(TARGET);
    expect((await compareRecordWithFirewall(world.ports)).unrecorded).toEqual([TARGET]);
  });

  it('leaves a lost closure to the next look while another change holds the firewall, and says so', async () => {
    const world = await World.with();
    await world.applied();
    world.firewall.closed.clear();
    await world.stores.locks.acquire('firewall:nftables:inet portcullis', 'x', world.now, '2026-03-01T23:00:00.000Z');
    expect((await compareRecordWithFirewall(world.ports)).missing).toHaveLength(1);
    expect(await world.notes()).toContain('Another change holds the firewall');
  });

  it.each([
    ['whitelisted by now', async (w: World) => void (await w.stores.whitelist.save(aWhitelistEntry({ version: 0 })))],
    ['kill switch', (w: World) => void (w.killSwitch = async () => ({ on: true, reason: null }))],
    ['SSH', (w: World) => void (w.protection = async () => 'it carries your SSH session')],
    ['mode propose', (w: World) => void (w.ports.mode = 'propose')],
  ])('leaves a lost closure open and tells why: %s', async (said, breakIt) => {
    const world = await World.with();
    await world.applied();
    world.firewall.closed.clear();
    await breakIt(world);
    const { missing } = await compareRecordWithFirewall(world.ports);
    expect(missing).toHaveLength(1);
    expect([...world.firewall.closed]).toEqual([]);
    expect(await world.notes()).toContain(said);
  });

  it('tells of a closure that no plan explains, and leaves it', async () => {
    const world = await World.with();
    world.firewall.closed.add(TARGET).add('198.51.100.7:53');
    const { unrecorded } = await compareRecordWithFirewall(world.ports);
    expect(unrecorded).toEqual([TARGET, '198.51.100.7:53']);
    expect(world.firewall.closed.size).toBe(2);
    expect(await world.untold()).toEqual(['needs-person']);
    expect(await world.auditActions()).toEqual(['unrecorded-closure', 'unrecorded-closure']);
  });

  it('compares nothing where the firewall cannot be changed', async () => {
    const world = await World.with();
    world.firewall.able = { able: false, reason: 'not root' };
    world.firewall.unreadable = new Error('Operation not permitted');
    expect(await compareRecordWithFirewall(world.ports)).toEqual({ restored: [], missing: [], unrecorded: [] });
  });
});
