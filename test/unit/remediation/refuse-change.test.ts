import { describe, expect, it } from 'vitest';
import { runChange } from '../../../core/remediation/run-change.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';
import { World } from '../../support/remediation/world.ts';
import { sabotage } from '../../support/remediation/sabotage.ts';

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
