import { describe, expect, it } from 'vitest';
import { Poison } from '../../../core/errors.ts';
import { PORTCULLIS } from '../../../core/remediation/record.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import { recordVerification } from '../../../core/remediation/verify.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { aPlan, aPlanBody } from '../../builders/plan.ts';
import { aShardResult } from '../../builders/shard-result.ts';
import { ADDRESS, OTHER_ADDRESS, World } from '../../support/remediation/world.ts';
import { sabotage } from '../../support/remediation/sabotage.ts';

/** Stores differ in what they save, not in how. */
interface Saving {
  save: unknown;
}

const TARGET = '192.0.2.3:6379';
const NEIGHBOUR = '192.0.2.3:8080';
const FAR_NEIGHBOUR = '192.0.2.4:443';
const ALL_GOOD = [NEIGHBOUR, FAR_NEIGHBOUR];

describe('verifying a change', () => {
  it('closes the finding once the port is closed and every neighbour is open', async () => {
    const world = await World.with();
    const { planId, approvalId } = await world.applied();
    await world.verifyAll(ALL_GOOD);
    expect(await world.plan(planId)).toMatchObject({ state: 'verified', verifiedAt: world.now });
    expect(await world.finding()).toMatchObject({ status: 'closed', verifiedAt: world.now, closedAt: world.now });
    expect(await world.untold()).toEqual(['resolved']);
    expect((await world.stores.approvals.get(approvalId!))?.state).toBe('done');
    expect(await world.auditActions()).toContain('change-verified');
    expect(world.requests).toEqual([]);
  });

  it('takes results in any order and more than once', async () => {
    const world = await World.with();
    const { planId } = await world.applied();
    const [here, far] = world.answers(ALL_GOOD);
    await recordVerification(world.ports, far!);
    await recordVerification(world.ports, far!);
    expect((await world.plan(planId)).state).toBe('applied');
    await recordVerification(world.ports, here!);
    expect((await world.plan(planId)).state).toBe('verified');
    await recordVerification(world.ports, here!);
    expect(await world.untold()).toEqual(['resolved']);
    expect(world.shards).toEqual([]);
  });

  it('lets two results that arrive together both count', async () => {
    const world = await World.with();
    const { planId } = await world.applied();
    await Promise.all(world.answers(ALL_GOOD).map((result) => recordVerification(world.ports, result)));
    expect((await world.plan(planId)).state).toBe('verified');
  });

  it('does not count a probe that began before the change', async () => {
    const world = await World.with();
    const { planId } = await world.applied();
    for (const result of world.answers(ALL_GOOD)) {
      const results = result.results.map((seen) => ({ ...seen, startedAt: '2026-03-01T10:00:01.999Z' }));
      await recordVerification(world.ports, { ...result, results });
    }
    expect(await world.plan(planId)).toMatchObject({ state: 'applied', evidence: [] });
  });

  it.each(['partial', 'failed'] as const)('does not take a %s result as proof, and looks again', async (status) => {
    const world = await World.with();
    const { planId } = await world.applied();
    await world.verifyAll(ALL_GOOD, { status });
    expect((await world.plan(planId)).state).toBe('applied');
    expect(world.shards.map(({ shard, delaySeconds }) => [shard.addresses[0], delaySeconds])).toEqual([[ADDRESS, 2]]);
    await world.verifyAll(ALL_GOOD);
    expect((await world.plan(planId)).state).toBe('verified');
  });

  it('looks three times at a port that stays open, then undoes the change and says so', async () => {
    const world = await World.with();
    const { planId } = await world.applied();
    for (let look = 1; look <= 2; look += 1) {
      await world.verifyAll([TARGET, ...ALL_GOOD]);
      expect((await world.plan(planId)).state).toBe('applied');
      expect(world.shards).toHaveLength(1);
    }
    await world.verifyAll([TARGET, ...ALL_GOOD]);
    expect((await world.plan(planId)).state).toBe('rolling-back');
    expect(await world.untold()).toEqual(['change-failed']);
    const rollback = { action: 'rollback', planId, approvalId: null, actor: PORTCULLIS };
    expect(world.requests).toEqual([rollback]);
    await runChange(world.ports, world.requests[0]!);
    expect([...world.firewall.closed]).toEqual([]);
    expect(await world.finding()).toMatchObject({ status: 'open' });
    expect(await world.untold()).toEqual(['change-failed', 'rolled-back']);
    expect(await world.notes()).toContain('still answers');
  });

  it('undoes the change when a neighbour is silent twice, and names the neighbour', async () => {
    const world = await World.with();
    const { planId, approvalId } = await world.applied();
    await world.verifyAll([FAR_NEIGHBOUR]);
    expect((await world.plan(planId)).state).toBe('applied');
    await world.verifyAll([FAR_NEIGHBOUR]);
    await runChange(world.ports, world.requests[0]!);
    expect((await world.plan(planId)).state).toBe('rolled-back');
    expect([...world.firewall.closed]).toEqual([]);
    expect(await world.notes()).toContain('192.0.2.3:8080, which had to stay open');
    expect((await world.stores.approvals.get(approvalId!))?.state).toBe('failed');
  });

  it('forgives a neighbour that answers the second time', async () => {
    const world = await World.with();
    const { planId } = await world.applied();
    await world.verifyAll([FAR_NEIGHBOUR]);
    await world.verifyAll(ALL_GOOD);
    expect((await world.plan(planId)).state).toBe('verified');
    expect(world.requests).toEqual([]);
  });

  it('does not blame the change for a neighbour that another approved plan closed', async () => {
    const world = await World.with();
    const { planId } = await world.applied();
    const body = aPlanBody({ address: ADDRESS, port: 8080 });
    await world.stores.plans.save(aPlan({ id: 'p-other', body, state: 'verified' }));
    await world.verifyAll([FAR_NEIGHBOUR]);
    expect((await world.plan(planId)).state).toBe('verified');
  });

  it('does not blame the change for a neighbour that had closed before it', async () => {
    const world = await World.with();
    const request = await world.approve();
    const known = (await world.stores.fingerprints.getMany([OTHER_ADDRESS])).get(OTHER_ADDRESS)!;
    const closed = { port: 443, transitions: 2, changedAt: world.now, closedBy: 'refused' } as const;
    await world.stores.fingerprints.save(aFingerprint({ ...known, open: '', history: [closed] }));
    world.later(1_000);
    await runChange(world.ports, request);
    await world.verifyAll([NEIGHBOUR]);
    expect((await world.plan(request.planId)).state).toBe('verified');
  });

  it('tells a person once when no probe can prove anything, and keeps the change', async () => {
    const world = await World.with();
    const { planId } = await world.applied();
    let looks = 0;
    for (; world.shards.length > 0 && looks < 50; looks += 1) await world.verifyAll([], { status: 'failed' });
    expect(looks).toBeLessThan(15);
    expect((await world.plan(planId)).state).toBe('applied');
    expect([...world.firewall.closed]).toEqual([TARGET]);
    expect(await world.untold()).toEqual(['needs-person']);
    expect(world.requests).toEqual([]);
  });

  it('leaves a finding that has opened anew since alone', async () => {
    const world = await World.with();
    const { planId } = await world.applied();
    await world.editFinding({ occurrence: 2, status: 'open' });
    await world.verifyAll(ALL_GOOD);
    expect((await world.plan(planId)).state).toBe('verified');
    expect(await world.finding()).toMatchObject({ status: 'open', verifiedAt: null });
  });

  it('does not tell of the closure twice when the sweep saw it first', async () => {
    const world = await World.with();
    await world.applied();
    await world.editFinding({ status: 'closed', closedAt: world.now });
    await world.verifyAll(ALL_GOOD);
    expect(await world.finding()).toMatchObject({ verifiedAt: world.now, closedAt: '2026-03-01T10:00:02.000Z' });
    expect(await world.untold()).toEqual([]);
  });

  it('finishes after a crash anywhere between the proof and its record', async () => {
    for (const store of ['findings', 'audit', 'approvals', 'plans'] as const) {
      const world = await World.with();
      const { planId, approvalId } = await world.applied();
      const [here, far] = world.answers(ALL_GOOD);
      await recordVerification(world.ports, far!);
      const heal =
        store === 'audit' ? sabotage(world.stores.audit, 'append') : sabotage(world.stores[store] as Saving, 'save');
      await expect(recordVerification(world.ports, here!)).rejects.toThrow('killed');
      heal();
      await recordVerification(world.ports, here!);
      expect((await world.plan(planId)).state).toBe('verified');
      expect((await world.stores.approvals.get(approvalId!))?.state).toBe('done');
      expect(await world.finding()).toMatchObject({ status: 'closed' });
      expect(await world.untold()).toEqual(['resolved']);
      expect((await world.auditActions()).filter((action) => action === 'change-verified')).toHaveLength(1);
    }
  });

  it('calls a result that names no plan poison', async () => {
    const world = await World.with();
    const nameless = aShardResult({ shard: { purpose: 'verify', planId: null } });
    await expect(recordVerification(world.ports, nameless)).rejects.toBeInstanceOf(Poison);
  });
});

describe('verifying what a person does by hand', () => {
  it('waits while the port is open, and tells once of a neighbour lost', async () => {
    const world = await World.with({}, 'propose');
    const request = await world.approve();
    await runChange(world.ports, request);
    await world.verifyAll([TARGET, ...ALL_GOOD]);
    await world.editFinding({ untold: [] });
    expect(await world.plan(request.planId)).toMatchObject({ state: 'manual' });
    expect(world.shards).toEqual([]);

    for (let look = 1; look <= 3; look += 1) {
      await lookAgain(world, request.planId, [FAR_NEIGHBOUR]);
    }
    expect(world.requests).toEqual([]);
    expect(await world.untold()).toEqual(['needs-person']);
    expect(await world.notes()).toContain('run as root: open-port 192.0.2.3:6379');
    await world.editFinding({ untold: [] });
    await lookAgain(world, request.planId, [FAR_NEIGHBOUR]);
    expect(await world.untold()).toEqual([]);
  });
});

async function lookAgain(world: World, planId: string, open: readonly string[]): Promise<void> {
  const { sendVerification } = await import('../../../core/remediation/verification-shards.ts');
  await sendVerification(world.ports, await world.plan(planId));
  await world.verifyAll(open);
}
