import { describe, expect, it } from 'vitest';
import { hashOf } from '../../../core/identity.ts';
import { chooseNeighbours, readNeighbours } from '../../../core/remediation/choose-neighbours.ts';
import { proposeChange } from '../../../core/remediation/propose.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import { anAsset } from '../../builders/asset.ts';
import { aFinding } from '../../builders/finding.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';
import { makeMemoryStores } from '../../support/memory/stores.ts';
import { World } from '../../support/remediation/world.ts';
import { sabotage } from '../../support/remediation/sabotage.ts';

describe('proposing a change', () => {
  it('stores the plan and a pending approval bound to its hash, and names both in the finding', async () => {
    const world = await World.with();
    const { plan, approval } = await world.propose();
    expect(plan.state).toBe('proposed');
    expect(plan.hash).toBe(hashOf(plan.body));
    expect(plan.body.neighbours).toEqual([
      { address: '192.0.2.3', port: 8080 },
      { address: '192.0.2.4', port: 443 },
    ]);
    expect(plan.body.steps).toEqual([{ op: 'close-port', address: '192.0.2.3', protocol: 'tcp', port: 6379 }]);
    expect(plan.body.inverse).toEqual([{ op: 'open-port', address: '192.0.2.3', protocol: 'tcp', port: 6379 }]);
    expect(approval).toMatchObject({ state: 'pending', planHash: plan.hash, expiresAt: '2026-03-01T11:00:00.000Z' });
    expect(await world.finding()).toMatchObject({ planId: plan.id, approvalId: approval.id, status: 'open' });
    expect(await world.auditActions()).toEqual(['change-proposed']);
    expect(world.firewall.applied).toEqual([]);
  });

  it('lets people be told of a finding that waited for its plan', async () => {
    const world = await World.with();
    const mark = { kind: 'opened', occurrence: 1, at: world.now, note: null } as const;
    await world.editFinding({ untold: [{ ...mark, awaitsPlan: true }] });
    await world.propose();
    expect((await world.finding()).untold).toEqual([mark]);
  });

  it('returns the pending approval of an equal plan instead of a second one', async () => {
    const world = await World.with();
    const first = await world.propose();
    world.later(60_000);
    const second = await world.propose();
    expect(second).toEqual(first);
    expect(await world.stores.approvals.list()).toHaveLength(1);
    expect(await world.auditActions()).toHaveLength(1);
  });

  it('finishes what a crash between plan and approval left', async () => {
    const world = await World.with();
    const heal = sabotage(world.stores.approvals, 'save');
    await expect(world.propose()).rejects.toThrow('killed');
    heal();
    world.later(5_000);
    const { plan, approval } = await world.propose();
    expect(plan.createdAt).toBe('2026-03-01T10:00:00.000Z');
    expect(approval.state).toBe('pending');
    expect(await world.stores.plans.list()).toHaveLength(1);
  });

  it('asks anew once the old approval ran out or was denied', async () => {
    const world = await World.with();
    const first = await world.propose();
    world.later(3_600_000);
    const second = await world.propose();
    expect(second.approval.id).not.toBe(first.approval.id);
    await world.stores.approvals.decide(second.approval.id, 'denied', 'ben', world.now);
    world.later(1_000);
    const third = await world.propose();
    expect(third.approval.id).not.toBe(second.approval.id);
    expect(third.plan.id).toBe(first.plan.id);
  });

  it('returns an equal plan that is approved and waits to be carried out, instead of asking again', async () => {
    const world = await World.with();
    const request = await world.approve();
    const { plan, approval } = await world.propose();
    expect([plan.id, approval.id, approval.state]).toEqual([request.planId, request.approvalId, 'approved']);
  });

  it('withdraws a pending approval when the plan has become another', async () => {
    const world = await World.with();
    const first = await world.propose();
    world.firewall.rules = [{ ruleId: 'sgr-1', source: '0.0.0.0/0', breadth: 'internet' }];
    const second = await world.propose();
    expect(second.plan.id).not.toBe(first.plan.id);
    const old = await world.stores.approvals.get(first.approval.id);
    expect(old).toMatchObject({ state: 'expired', outcome: `replaced by ${second.approval.id}` });
  });

  it('refuses what is protected, whitelisted, closed already or under way, and says why', async () => {
    const kept = await World.with();
    kept.protection = async () => '192.0.2.3:6379 is listed under "protect".';
    await expect(kept.propose()).rejects.toThrow('protect');

    const permitted = await World.with();
    await permitted.stores.whitelist.save(aWhitelistEntry({ version: 0 }));
    await expect(permitted.propose()).rejects.toThrow('whitelisted by w-0000000000000001');

    const shut = await World.with();
    shut.firewall.closed.add('192.0.2.3:6379');
    await expect(shut.propose()).rejects.toThrow('closed by nftables:inet portcullis already');

    const gone = await World.with({ status: 'closed' });
    await expect(gone.propose()).rejects.toThrow('not open any more');

    const busy = await World.with();
    await runChange(busy.ports, await busy.approve());
    await expect(busy.propose()).rejects.toThrow('under way');

    for (const world of [kept, permitted, shut, gone]) expect(await world.stores.plans.list()).toEqual([]);
    await expect(proposeChange(gone.ports, { id: 'f-none' }, 'ana')).rejects.toThrow('There is no finding f-none');
  });

  it('does not plan on a firewall that can be changed and cannot be read', async () => {
    const world = await World.with();
    world.firewall.unreadable = new Error('netlink: busy');
    await expect(world.propose()).rejects.toThrow('netlink: busy');
    expect(await world.stores.plans.list()).toEqual([]);
  });

  it('still shows the plan where the firewall is neither readable nor changeable, and says that it was not read', async () => {
    const world = await World.with();
    world.firewall.unreadable = new Error('Operation not permitted');
    world.firewall.able = { able: false, reason: 'not root' };
    const { plan } = await world.propose();
    expect(plan.body.commands).toEqual(['close-port 192.0.2.3:6379']);
    expect(plan.body.affected.map(({ why }) => why).join()).toContain('could not be read (not root)');
  });
});

describe('the neighbours of a change', () => {
  it('are in the same account and Region: a change reaches no further', async () => {
    const stores = makeMemoryStores();
    const here = { account: '111122223333', region: 'eu-west-1' };
    const elsewhere = { 1: here, 2: { ...here, region: 'us-east-1' }, 3: { ...here, account: '444455556666' } };
    for (const [last, place] of Object.entries(elsewhere)) {
      const address = `192.0.2.1${last}`;
      await stores.assets.putAll([anAsset({ ...place, address })]);
      await stores.fingerprints.save(aFingerprint({ address, version: 0, open: '443' }));
    }
    const finding = aFinding(here);
    expect(await readNeighbours(stores, finding)).toEqual([{ address: '192.0.2.11', port: 443 }]);
  });

  it('are at most three, of the same address first, then of the same owner, in address order', () => {
    const open = [
      { address: '192.0.2.10', protocol: 'tcp', open: '1' },
      { address: '192.0.2.9', protocol: 'tcp', open: '5-6' },
      { address: '192.0.2.3', protocol: 'tcp', open: '22,6379' },
    ] as const;
    expect(chooseNeighbours({ address: '192.0.2.3', protocol: 'tcp', port: 6379 }, open)).toEqual([
      { address: '192.0.2.3', port: 22 },
      { address: '192.0.2.9', port: 5 },
      { address: '192.0.2.9', port: 6 },
    ]);
    const alone = { address: '192.0.2.2', protocol: 'tcp', port: 7 } as const;
    expect(chooseNeighbours(alone, [{ ...alone, open: '7' }])).toEqual([]);
  });

  it('of a UDP port are those of UDP first, and the TCP port of its number', () => {
    const open = [
      { address: '192.0.2.3', protocol: 'tcp', open: '22,53' },
      { address: '192.0.2.3', protocol: 'udp', open: '53,161' },
    ] as const;
    expect(chooseNeighbours({ address: '192.0.2.3', protocol: 'udp', port: 53 }, open)).toEqual([
      { address: '192.0.2.3', port: 161, protocol: 'udp' },
      { address: '192.0.2.3', port: 22 },
      { address: '192.0.2.3', port: 53 },
    ]);
  });

  it('are never those of another owner', async () => {
    const world = await World.with();
    await world.stores.assets.putAll([anAsset({ address: '192.0.2.4', owner: 'search' })]);
    const { plan } = await world.propose();
    expect(plan.body.neighbours).toEqual([{ address: '192.0.2.3', port: 8080 }]);
  });
});
