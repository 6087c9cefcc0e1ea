import { describe, expect, it } from 'vitest';
import { Poison } from '../../../core/errors.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';
import { World } from '../../support/remediation/world.ts';
import { sabotage } from '../../support/remediation/sabotage.ts';

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

type Break = (world: World) => void | Promise<void>;

/** Each breaks one condition after the approval. */
const BROKEN: [name: string, breakIt: Break, said: string][] = [
  [
    'the kill switch is on',
    (w) => void (w.killSwitch = async () => ({ on: true, reason: 'drill' })),
    'kill switch is on (drill)',
  ],
  [
    'the kill switch cannot be read',
    (w) => void (w.killSwitch = () => Promise.reject(new Error('EIO'))),
    'counts as on',
  ],
  ['the mode has become observe', (w) => void (w.ports.mode = 'observe'), 'mode observe'],
  ['the approval is too old', (w) => w.later(3_600_000), 'more than 1h ago'],
  [
    'the port is whitelisted by now',
    async (w) => void (await w.stores.whitelist.save(aWhitelistEntry({ version: 0 }))),
    'whitelisted by now',
  ],
  [
    'the whitelist cannot be read',
    (w) => void (w.stores.whitelist.list = () => Promise.reject(new Error('table is corrupt'))),
    'table is corrupt',
  ],
  ['the port is protected', (w) => void (w.protection = async () => 'it carries your SSH session'), 'SSH session'],
  [
    'what is protected cannot be read',
    (w) => void (w.protection = () => Promise.reject(new Error('EACCES'))),
    'EACCES',
  ],
  ['the finding has opened anew', (w) => w.editFinding({ occurrence: 2 }), 'opened again'],
  ['the finding is closed', (w) => w.editFinding({ status: 'closed' }), 'closed by now'],
  ['the finding is whitelisted', (w) => w.editFinding({ status: 'whitelisted' }), 'whitelisted by now'],
  [
    'another rule lets the port in than was approved',
    (w) => void (w.firewall.rules = [{ ruleId: 'sgr-2', source: '::/0', breadth: 'internet' }]),
    'sgr-2',
  ],
  [
    'the plan in the store is not the approved one',
    async (w) => {
      const [plan] = await w.stores.plans.list();
      const step = { ...plan!.body.steps[0]!, port: 22 };
      await w.stores.plans.save({ ...plan!, body: { ...plan!.body, port: 22, steps: [step] } });
    },
    'not the one its hash',
  ],
  [
    'plan and hash were both replaced',
    async (w) => {
      const { hashOf } = await import('../../../core/identity.ts');
      const [plan] = await w.stores.plans.list();
      const body = { ...plan!.body, port: 22 };
      await w.stores.plans.save({ ...plan!, body, hash: hashOf(body) });
    },
    'What was approved is plan',
  ],
  ['the firewall refuses', (w) => void (w.firewall.failBefore = new Error('nft: no buffer space')), 'no buffer space'],
  [
    'the plan was made for another firewall',
    (w) => void Object.assign(w.firewall, { target: 'ec2:sg-1' }),
    'made for nftables:inet portcullis',
  ],
];

describe('an approved change is refused, nothing is changed and a person is told, when', () => {
  it.each(BROKEN)('%s', async (_name, breakIt, said) => {
    const world = await World.with();
    const request = await world.approve();
    await breakIt(world);
    const outcome = await runChange(world.ports, request);
    expect(outcome.kind).toBe('refused');
    expect([...world.firewall.closed]).toEqual([]);
    expect(world.firewall.applied).toEqual([]);
    expect(await world.plan(request.planId)).toMatchObject({ state: 'refused', note: expect.stringContaining(said) });
    expect((await world.stores.approvals.get(request.approvalId!))?.state).toBe('failed');
    expect(await world.untold()).toEqual(['change-failed']);
    expect(await world.notes()).toContain(said);
    expect(world.alerts).toEqual(['payments|192.0.2.3']);
    expect((await world.finding()).status).not.toBe('closing');
    expect(world.shards).toEqual([]);
  });

  it.each(['pending', 'denied', 'expired', 'done', 'failed'] as const)('the approval is %s', async (state) => {
    const world = await World.with();
    const request = await world.approve();
    const approval = await world.stores.approvals.get(request.approvalId!);
    await world.stores.approvals.save({ ...approval!, state });
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(world.firewall.applied).toEqual([]);
    expect((await world.stores.approvals.get(request.approvalId!))?.state).toBe(state);
    expect(await world.untold()).toEqual(['change-failed']);
  });

  it('the decision came after the approval had run out', async () => {
    const world = await World.with();
    const request = await world.approve();
    const approval = await world.stores.approvals.get(request.approvalId!);
    await world.stores.approvals.save({ ...approval!, expiresAt: approval!.decidedAt! });
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(world.firewall.applied).toEqual([]);
  });

  it('the change was proposed anew since, and the new proposal stays as it is', async () => {
    const world = await World.with();
    const request = await world.approve();
    world.killSwitch = async () => ({ on: true, reason: null });
    await runChange(world.ports, request);
    world.killSwitch = async () => ({ on: false, reason: null });
    const { plan } = await world.propose();
    expect(plan.id).toBe(request.planId);
    expect((await runChange(world.ports, request)).kind).toBe('nothing');
    expect(world.firewall.applied).toEqual([]);
    expect((await world.plan(plan.id)).state).toBe('proposed');
  });

  it('a crash cut the refusal off: the redelivery tells the person', async () => {
    const world = await World.with();
    const request = await world.approve();
    world.killSwitch = async () => ({ on: true, reason: null });
    const heal = sabotage(world.stores.findings, 'save');
    await expect(runChange(world.ports, request)).rejects.toThrow('killed');
    heal();
    world.killSwitch = async () => ({ on: false, reason: null });
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(await world.untold()).toEqual(['change-failed']);
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

  it('a lock that may run out during the change makes it wait for the next try', async () => {
    const world = await World.with();
    const request = await world.approve();
    const { rules } = world.firewall;
    Object.defineProperty(world.firewall, 'rules', {
      get: () => {
        world.later(31_000);
        return rules;
      },
    });
    await expect(runChange(world.ports, request)).rejects.toThrow('lock may run out');
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

      await world.verifyAll(['192.0.2.3:8080', '192.0.2.4:443']);
      expect(await world.plan(request.planId)).toMatchObject({ state: 'verified' });
      expect(await world.finding()).toMatchObject({ status: 'closed', verifiedAt: world.now });
    },
  );

  it('is refused like any other when a condition does not hold', async () => {
    const world = await World.with({}, 'propose');
    const request = await world.approve();
    world.killSwitch = async () => ({ on: true, reason: null });
    expect((await runChange(world.ports, request)).kind).toBe('refused');
  });
});

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
