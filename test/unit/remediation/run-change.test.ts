import { describe, expect, it } from 'vitest';
import { Poison } from '../../../core/errors.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import { World } from '../../support/remediation/world.ts';
import { sabotage } from '../../support/remediation/sabotage.ts';

interface Saving {
  save(item: unknown): Promise<unknown>;
}

describe('carrying out an approved change', () => {
  it('closes exactly the port, records it, and asks for one verification shard for each address', async () => {
    const world = await World.with();
    world.firewall.closed.add('192.0.2.3:23');
    const request = await world.approve();
    const outcome = await runChange(world.ports, request);
    expect(outcome.kind).toBe('applied');
    expect([...world.firewall.closed]).toEqual(['192.0.2.3:23', '192.0.2.3:6379']);
    expect(await world.plan(request.planId)).toMatchObject({
      state: 'applied',
      appliedAt: world.now,
      verifications: 1,
    });
    expect(await world.finding()).toMatchObject({ status: 'closing', changedAt: world.now });
    expect(world.shards.map(({ shard }) => [shard.addresses, shard.ports, shard.tries, shard.purpose])).toEqual([
      [['192.0.2.3'], '6379,8080', 2, 'verify'],
      [['192.0.2.4'], '443', 2, 'verify'],
    ]);
    expect(await world.auditActions()).toEqual(['change-applied', 'change-proposed']);
    expect(await world.stores.locks.acquire('firewall:nftables:inet portcullis', 'x', world.now, world.now)).toBe(true);
  });

  it('stores the inverse and the state applying before the first call', async () => {
    const world = await World.with();
    const request = await world.approve();
    let seen: string | undefined;
    world.firewall.meanwhile = () => {
      void world.stores.plans
        .get(request.planId)
        .then((plan) => (seen = `${plan?.state} ${plan?.body.inverse.length}`));
    };
    await runChange(world.ports, request);
    expect(seen).toBe('applying 1');
  });

  it('does nothing twice when the message comes twice, also later', async () => {
    const world = await World.with();
    const request = await world.applied();
    expect((await runChange(world.ports, request)).kind).toBe('nothing');
    await world.verifyAll(['192.0.2.3:8080', '192.0.2.4:443']);
    expect((await runChange(world.ports, request)).kind).toBe('nothing');
    await runChange(world.ports, { ...request, action: 'rollback' });
    expect((await runChange(world.ports, request)).kind).toBe('nothing');
    expect(world.firewall.applied.map((step) => step.op)).toEqual(['close-port', 'open-port']);
  });

  it('sends the request again later while somebody else holds the firewall', async () => {
    const world = await World.with();
    const request = await world.approve();
    await world.stores.locks.acquire(
      'firewall:nftables:inet portcullis',
      'other',
      world.now,
      '2026-03-01T23:00:00.000Z',
    );
    expect((await runChange(world.ports, request)).kind).toBe('busy');
    expect(world.requests).toEqual([request]);
    expect(world.firewall.applied).toEqual([]);
  });

  it('calls a request poison that names no plan, no approval, or an approval of another plan', async () => {
    const world = await World.with();
    const request = await world.approve();
    for (const bad of [{ planId: 'p-none' }, { approvalId: 'a-none' }, { approvalId: null }]) {
      await expect(runChange(world.ports, { ...request, ...bad })).rejects.toBeInstanceOf(Poison);
    }
    expect(world.firewall.applied).toEqual([]);
  });
});

describe('when something fails on the way', () => {
  it('an unreadable firewall is retried and leaves everything as it was', async () => {
    const world = await World.with();
    const request = await world.approve();
    world.firewall.unreadable = new Error('netlink: busy');
    await expect(runChange(world.ports, request)).rejects.toThrow('netlink: busy');
    expect((await world.plan(request.planId)).state).toBe('proposed');
    world.firewall.unreadable = null;
    expect((await runChange(world.ports, request)).kind).toBe('applied');
  });

  it('a lost answer is a success when a fresh read shows the change', async () => {
    const world = await World.with();
    const request = await world.approve();
    world.firewall.failAfter = new Error('timeout');
    expect((await runChange(world.ports, request)).kind).toBe('applied');
    expect(world.firewall.applied).toHaveLength(1);
  });

  it('a crash after the change goes on to the verification without changing again', async () => {
    const world = await World.with();
    const request = await world.approve();
    world.firewall.meanwhile = () => {
      world.firewall.unreadable = new Error('killed');
    };
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    expect((await world.plan(request.planId)).state).toBe('applying');
    world.firewall.unreadable = null;
    world.later(60_000);
    expect((await runChange(world.ports, request)).kind).toBe('applied');
    expect(world.firewall.applied).toHaveLength(1);
    expect(world.shards).toHaveLength(2);
  });

  it('a change that a crash left in the firewall is recorded even if it would be refused by now', async () => {
    const world = await World.with();
    const request = await world.approve();
    world.firewall.meanwhile = () => {
      world.firewall.unreadable = new Error('killed');
    };
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    world.firewall.unreadable = null;
    world.killSwitch = async () => ({ on: true, reason: null });
    expect((await runChange(world.ports, request)).kind).toBe('applied');
  });

  it('a crash before the change leads to the same checks again', async () => {
    const world = await World.with();
    const request = await world.approve();
    const heal = sabotage(world.stores.findings, 'save');
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    heal();
    expect((await world.plan(request.planId)).state).toBe('applying');
    world.killSwitch = async () => ({ on: true, reason: null });
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(world.firewall.applied).toEqual([]);
  });

  it('a crash at any store leaves one audit row and the stamp of the change, even if the verification is faster than the redelivery', async () => {
    for (const store of ['audit', 'findings', 'plans'] as const) {
      const world = await World.with();
      const request = await world.approve();
      let heal = () => {};
      world.firewall.meanwhile = () => {
        heal =
          store === 'audit' ? sabotage(world.stores.audit, 'append') : sabotage(world.stores[store] as Saving, 'save');
      };
      await expect(runChange(world.ports, request)).rejects.toThrow('killed');
      heal();
      expect((await world.plan(request.planId)).state).toBe('applying');
      await runChange(world.ports, request);
      expect((await world.auditActions()).filter((action) => action === 'change-applied')).toHaveLength(1);
      expect((await world.finding()).changedAt).not.toBeNull();
      expect(world.firewall.applied).toHaveLength(1);
    }
  });

  it('what is stored as applied has its audit row already: nothing later has to write it', async () => {
    const world = await World.with();
    const request = await world.approve();
    const heal = sabotage(world.ports.shards, 'send');
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    heal();
    expect((await world.plan(request.planId)).state).toBe('applied');
    expect(await world.auditActions()).toContain('change-applied');
    expect((await world.finding()).changedAt).not.toBeNull();
  });

  it('a crash before the shards were sent sends them at the redelivery', async () => {
    const world = await World.with();
    const request = await world.approve();
    const heal = sabotage(world.ports.shards, 'send');
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    heal();
    await runChange(world.ports, request);
    expect(world.shards).toHaveLength(2);
    expect(world.firewall.applied).toHaveLength(1);
  });

  it('a restart without permission records what is in the firewall, and refuses what is not', async () => {
    for (const made of [true, false]) {
      const world = await World.with();
      const request = await world.approve();
      const heal = sabotage(world.stores.findings, 'save');
      await expect(runChange(world.ports, request)).rejects.toThrow('killed');
      heal();
      if (made) world.firewall.closed.add('192.0.2.3:6379');
      world.firewall.able = { able: false, reason: 'not root' };
      expect((await runChange(world.ports, request)).kind).toBe(made ? 'applied' : 'refused');
      expect(world.firewall.applied).toEqual([]);
    }
  });

  it('a restart without permission even to read hands the plan to a person', async () => {
    const world = await World.with();
    const request = await world.approve();
    const heal = sabotage(world.stores.findings, 'save');
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    heal();
    world.firewall.able = { able: false, reason: 'not root' };
    world.firewall.unreadable = new Error('Operation not permitted');
    expect((await runChange(world.ports, request)).kind).toBe('failed');
    expect(await world.untold()).toEqual(['needs-person']);
    expect(await world.notes()).toContain('not root');
  });

  it('a lock that ran out and that somebody else has taken makes it wait for the next try', async () => {
    const world = await World.with();
    const request = await world.approve();
    const { rules } = world.firewall;
    Object.defineProperty(world.firewall, 'rules', {
      get: () => {
        world.later(61_000);
        void world.stores.locks.acquire(
          `firewall:${world.firewall.target}`,
          'somebody else',
          world.now,
          '2027-01-01T00:00:00.000Z',
        );
        return rules;
      },
    });
    await expect(runChange(world.ports, request)).rejects.toThrow('ran out before the change');
    expect(world.firewall.applied).toEqual([]);
    expect(await world.plan(request.planId)).toMatchObject({ state: 'applying' });
  });

  it('a firewall in neither state is left alone, and a person is told to look', async () => {
    const world = await World.with();
    const request = await world.approve();
    world.firewall.meanwhile = () => void world.firewall.closed.add('192.0.2.3:22');
    expect((await runChange(world.ports, request)).kind).toBe('failed');
    expect(await world.untold()).toEqual(['needs-person']);
    expect(await world.notes()).toContain('closed besides: 22');
    expect((await world.finding()).status).toBe('open');
  });
});

describe('where Portcullis may not change the firewall', () => {
  it.each(['not root', 'mode'])(
    'a person gets the commands, and the verification is still asked for (%s)',
    async (why) => {
      const world = await World.with({}, why === 'mode' ? 'propose' : 'approve');
      if (why !== 'mode') {
        world.firewall.able = { able: false, reason: why };
        world.firewall.unreadable = new Error('Operation not permitted');
      }
      const request = await world.approve();
      expect((await runChange(world.ports, request)).kind).toBe('manual');
      expect(world.firewall.applied).toEqual([]);
      expect(await world.notes()).toContain('run as root what "portcullis approvals show a-');
      expect(world.shards).toHaveLength(2);
      expect((await runChange(world.ports, request)).kind).toBe('nothing');

      world.firewall.unreadable = null;
      world.firewall.closed.add('192.0.2.3:6379');
      await world.verifyAll(['192.0.2.3:8080', '192.0.2.4:443']);
      expect(await world.plan(request.planId)).toMatchObject({ state: 'verified' });
      expect(await world.finding()).toMatchObject({ status: 'closed', verifiedAt: world.now });
    },
  );

  it('a silent port is half of the proof where somebody wrote a rule: the person has to take that away', async () => {
    const world = await World.with({}, 'propose');
    world.firewall.rules = [{ ruleId: 'sgr-1', source: '0.0.0.0/0', breadth: 'internet' }];
    const request = await world.approve();
    await runChange(world.ports, request);
    await world.verifyAll(['192.0.2.3:8080', '192.0.2.4:443']);
    expect(await world.plan(request.planId)).toMatchObject({ state: 'manual' });
    expect(await world.finding()).toMatchObject({ status: 'open' });
  });

  it('a silent port is the whole proof on a host that lets in by default, or cannot read its rules', async () => {
    const world = await World.with({}, 'propose');
    const request = await world.approve();
    await runChange(world.ports, request);
    world.firewall.rules = [{ ruleId: 'host:unread', source: '0.0.0.0/0', breadth: 'internet', byDefault: true }];
    await world.verifyAll(['192.0.2.3:8080', '192.0.2.4:443']);
    expect(await world.plan(request.planId)).toMatchObject({ state: 'verified' });
  });

  it('is refused like any other when a condition does not hold', async () => {
    const world = await World.with({}, 'propose');
    const request = await world.approve();
    world.killSwitch = async () => ({ on: true, reason: null });
    expect((await runChange(world.ports, request)).kind).toBe('refused');
  });
});
