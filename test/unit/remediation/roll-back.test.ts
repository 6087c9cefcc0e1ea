import { describe, expect, it } from 'vitest';
import { runChange } from '../../../core/remediation/run-change.ts';
import { World } from '../../support/remediation/world.ts';
import { sabotage } from '../../support/remediation/sabotage.ts';

describe('rolling back', () => {
  it('takes exactly its own element out, opens the finding again and tells', async () => {
    const world = await World.with();
    world.firewall.closed.add('192.0.2.3:23');
    const request = await world.applied();
    await world.verifyAll(['192.0.2.3:8080', '192.0.2.4:443']);
    expect((await world.finding()).status).toBe('closed');
    const outcome = await runChange(world.ports, { ...request, action: 'rollback', actor: 'ana' });
    expect(outcome.kind).toBe('rolled-back');
    expect([...world.firewall.closed]).toEqual(['192.0.2.3:23']);
    expect(await world.finding()).toMatchObject({ status: 'open', closedAt: null, verifiedAt: null });
    expect(await world.untold()).toContain('rolled-back');
    expect(await world.notes()).toContain('asked for by ana');
    expect(await world.auditActions()).toContain('change-rolled-back');
    expect((await runChange(world.ports, { ...request, action: 'rollback' })).kind).toBe('nothing');
  });

  it('of a port that was silent before the change leaves it let in and silent', async () => {
    const world = await World.with();
    await world.editFinding({ verdict: 'latent' });
    const request = await world.applied();
    await world.verifyAll(['192.0.2.3:8080', '192.0.2.4:443']);
    expect(await world.finding()).toMatchObject({ status: 'closed', verdict: 'clean', admittedBy: [] });
    await runChange(world.ports, { ...request, action: 'rollback' });
    expect(await world.finding()).toMatchObject({
      status: 'open',
      verdict: 'latent',
      admittedBy: [{ ruleId: 'host:default', source: '0.0.0.0/0', breadth: 'internet', byDefault: true }],
    });
  });

  it('finishes after a crash between the change and its record', async () => {
    const world = await World.with();
    const request = { ...(await world.applied()), action: 'rollback' as const };
    const heal = sabotage(world.stores.audit, 'append');
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    heal();
    expect((await world.plan(request.planId)).state).toBe('rolling-back');
    expect((await runChange(world.ports, request)).kind).toBe('rolled-back');
    expect(world.firewall.applied).toHaveLength(2);
  });

  it('is not done while the kill switch is on, and the commands are told', async () => {
    const world = await World.with();
    const request = { ...(await world.applied()), action: 'rollback' as const };
    world.killSwitch = async () => ({ on: true, reason: null });
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect((await world.plan(request.planId)).state).toBe('applied');
    expect(await world.notes()).toContain('run as root: open-port 192.0.2.3:6379');
    world.killSwitch = async () => ({ on: false, reason: null });
    expect((await runChange(world.ports, request)).kind).toBe('rolled-back');
  });

  it('that Portcullis asked for itself and cannot do ends with a person, not in a loop', async () => {
    const world = await World.with();
    const request = { ...(await world.applied()), action: 'rollback' as const, actor: 'portcullis' };
    await world.stores.plans.save({ ...(await world.plan(request.planId)), state: 'rolling-back', note: 'lost' });
    world.killSwitch = async () => ({ on: true, reason: null });
    expect((await runChange(world.ports, request)).kind).toBe('failed');
    expect(await world.untold()).toEqual(['needs-person']);
    world.killSwitch = async () => ({ on: false, reason: null });
    expect((await runChange(world.ports, { ...request, actor: 'ana' })).kind).toBe('rolled-back');
  });

  it('calls a firewall that does not do it a failure, from which a person may try again', async () => {
    const world = await World.with();
    const request = { ...(await world.applied()), action: 'rollback' as const };
    world.firewall.failBefore = new Error('nft: no buffer space');
    expect((await runChange(world.ports, request)).kind).toBe('failed');
    expect(await world.notes()).toContain('no buffer space');
    world.firewall.failBefore = null;
    expect((await runChange(world.ports, request)).kind).toBe('rolled-back');
    expect([...world.firewall.closed]).toEqual([]);
  });

  it('does nothing for a plan that changed nothing', async () => {
    const world = await World.with();
    const { plan } = await world.propose();
    const request = { action: 'rollback', planId: plan.id, approvalId: null, actor: 'ana' } as const;
    expect((await runChange(world.ports, request)).kind).toBe('nothing');
  });

  it('leads to a change that can be proposed, approved and made again', async () => {
    const world = await World.with();
    const first = await world.applied();
    await runChange(world.ports, { ...first, action: 'rollback' });
    world.later(1_000);
    const second = await world.approve();
    expect(second.planId).toBe(first.planId);
    expect(second.approvalId).not.toBe(first.approvalId);
    expect((await runChange(world.ports, second)).kind).toBe('applied');
    expect((await runChange(world.ports, first)).kind).toBe('nothing');
    expect((await world.auditActions()).filter((action) => action === 'change-applied')).toHaveLength(2);
  });
});
