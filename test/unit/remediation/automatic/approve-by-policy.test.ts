import { describe, expect, it } from 'vitest';
import { awaitingPlan, type Finding } from '../../../../core/findings/finding.ts';
import { runChange } from '../../../../core/remediation/run-change.ts';
import { days } from '../../../../core/time.ts';
import { aChangeLine } from '../../../builders/change-line.ts';
import { aWhitelistEntry } from '../../../builders/whitelist-entry.ts';
import { autoWorld, justOpened, PATTERN, POLICY, prepare } from '../../../support/remediation/auto.ts';
import { sabotage } from '../../../support/remediation/sabotage.ts';
import type { World } from '../../../support/remediation/world.ts';

const ALL_GOOD = ['192.0.2.3:8080', '192.0.2.4:443'];

async function approvalOf(world: World) {
  const { approvalId } = await world.finding();
  return approvalId === null ? undefined : world.stores.approvals.get(approvalId);
}

/** The port was closed by a policy and verified; `laterMs` after that it is open again, two minutes before people are to be told. */
async function openedAgain(world: World, laterMs: number): Promise<void> {
  await prepare(world);
  await runChange(world.ports, world.requests.shift()!);
  await world.verifyAll(ALL_GOOD);
  expect((await world.finding()).status).toBe('closed');
  world.later(laterMs);
  world.firewall.closed.clear();
  const openedAt = world.now;
  world.later(120_000);
  await world.editFinding({
    ...justOpened({ occurrence: 2, openedAt }),
    status: 'open',
    planId: null,
    approvalId: null,
    approvedAt: null,
    changedAt: null,
    verifiedAt: null,
    closedAt: null,
  });
}

describe('in mode auto, a port that a pattern names', () => {
  it('is approved by the policy and takes the way of every approved change', async () => {
    const world = await autoWorld();
    await prepare(world);
    const approval = await approvalOf(world);
    expect(approval).toMatchObject({ state: 'approved', decidedBy: POLICY, decidedAt: world.now });
    expect(world.firewall.applied).toEqual([]);
    expect(world.requests).toEqual([
      { action: 'apply', planId: approval?.planId, approvalId: approval?.id, actor: POLICY },
    ]);
    expect(await world.stores.audit.list({ limit: 10, object: approval!.id })).toMatchObject([
      { action: 'approval-approved', actor: POLICY, detail: expect.stringContaining('without asking, 2m after') },
    ]);

    await runChange(world.ports, world.requests.shift()!);
    expect([...world.firewall.closed]).toEqual(['192.0.2.3:6379']);
    await world.verifyAll(ALL_GOOD);
    expect(await world.plan(approval!.planId)).toMatchObject({ state: 'verified' });
    expect((await world.finding()).status).toBe('closed');
  });

  it('is told with who closes it and how to undo that, when it opens and when it is closed', async () => {
    const world = await autoWorld();
    await prepare(world);
    await prepare(world);
    const { planId } = await world.finding();
    expect(await world.notes()).toBe(
      `two probes connected. It is being closed without asking, by ${POLICY}. To undo that, run portcullis rollback ${planId}.`,
    );
    await runChange(world.ports, world.requests.shift()!);
    await world.verifyAll(ALL_GOOD);
    expect(await world.notes()).toContain(
      `192.0.2.3:6379 was closed without asking, by ${POLICY} (to undo that: portcullis rollback ${planId}), and a probe`,
    );
  });

  it('is closed whatever its class, when the pattern names no class', async () => {
    const world = await autoWorld({ class: 'risk-port' });
    await prepare(world);
    expect(await approvalOf(world)).toMatchObject({ state: 'approved' });
  });

  it.each<[string, Partial<Finding>]>([
    ['was open at the first look', { baseline: true }],
    ['opened longer ago than the pattern says', { openedAt: '2026-03-01T09:45:00.000Z' }],
    ['is explained by no rule', { verdict: 'unexplained', admittedBy: [] }],
    [
      'is let in from private networks alone',
      { admittedBy: [{ ruleId: 'r', source: '10.0.0.0/8', breadth: 'private' }] },
    ],
    ['is another port', { port: 6380 }],
    ['is at another address', { address: '192.0.2.99' }],
  ])('waits for a person when it %s', async (_, over) => {
    const world = await autoWorld(over);
    await prepare(world);
    expect(await approvalOf(world)).toMatchObject({ state: 'pending', decidedBy: null });
    expect(world.requests).toEqual([]);
    expect(await world.notes()).toBe('two probes connected');
  });

  it.each<[string, Partial<typeof PATTERN>]>([
    ['account', { accounts: ['111122223333'] }],
    ['Region', { regions: ['eu-west-1'] }],
    ['class', { classes: ['high-risk-console'] }],
  ])('waits for a person when the pattern is for another %s', async (_, over) => {
    const world = await autoWorld();
    world.ports.auto = [{ ...PATTERN, ...over }];
    await prepare(world);
    expect(await approvalOf(world)).toMatchObject({ state: 'pending' });
  });

  it('waits for a person in mode approve, patterns or not', async () => {
    const world = await autoWorld();
    world.ports.mode = 'approve';
    await prepare(world);
    expect(await approvalOf(world)).toMatchObject({ state: 'pending' });
    expect(world.requests).toEqual([]);
  });

  it.each(['observe', 'propose'] as const)('gets no plan in mode %s', async (mode) => {
    const world = await autoWorld();
    world.ports.mode = mode;
    await prepare(world);
    expect(await world.stores.plans.list()).toEqual([]);
  });

  it('gets no plan when it is whitelisted or protected, and people hear why', async () => {
    const world = await autoWorld();
    await world.stores.whitelist.save(aWhitelistEntry({ version: 0 }));
    await prepare(world);
    expect(await world.stores.plans.list()).toEqual([]);
    expect(await world.notes()).toContain('whitelisted by w-0000000000000001');

    const kept = await autoWorld();
    kept.protection = async () => 'It carries your SSH session.';
    await kept.editFinding(awaitingPlan(await kept.finding()));
    await prepare(kept);
    expect(await kept.stores.plans.list()).toEqual([]);
    expect(await kept.notes()).toBe('It carries your SSH session.');
    expect((await kept.finding()).untold.map(({ awaitsPlan }) => awaitsPlan)).toEqual([undefined]);
  });

  it('is decided once: a crash at any step is made good by the repetition', async () => {
    for (const at of ['approvals', 'audit', 'findings'] as const) {
      const world = await autoWorld();
      const store = world.ports[at];
      const heal = sabotage(store as unknown as Record<string, unknown>, at === 'audit' ? 'append' : 'save');
      await expect(prepare(world)).rejects.toThrow('killed');
      heal();
      await prepare(world);
      expect(await approvalOf(world)).toMatchObject({ state: 'approved', decidedBy: POLICY });
      expect(world.requests).toMatchObject([{ action: 'apply' }]);
    }
  });

  it('is for a person once a decision about this opening came to nothing', async () => {
    const world = await autoWorld();
    await prepare(world);
    world.killSwitch = async () => ({ on: true, reason: null });
    expect((await runChange(world.ports, world.requests.shift()!)).kind).toBe('refused');
    world.killSwitch = async () => ({ on: false, reason: null });
    world.later(1_000);
    await prepare(world);
    expect(await approvalOf(world)).toMatchObject({ state: 'pending' });
    expect(world.requests).toEqual([]);
    expect(await world.notes()).toContain('a person must decide: plan p-');
  });

  it('waits for a person while the line of its account is stopped', async () => {
    const world = await autoWorld();
    await world.stores.lines.save(aChangeLine({ account: 'local' }));
    await prepare(world);
    expect(await approvalOf(world)).toMatchObject({ state: 'pending' });
    expect(await world.notes()).toContain('portcullis resume local');
  });
});

describe('a port that is opened again after a policy closed it', () => {
  it('within 7 days is flapping: no second change by itself, and a person is told', async () => {
    const world = await autoWorld();
    await openedAgain(world, days(7) - 10_000);
    await prepare(world);
    expect(await approvalOf(world)).toMatchObject({ state: 'pending', decidedBy: null });
    expect(world.requests).toEqual([]);
    expect(await world.untold()).toEqual(['opened', 'needs-person']);
    expect(await world.notes()).toMatch(/FLAPPING: plan p-\w+ closed it at 2026-03-01T10:00:00\.000Z/);
  });

  it('later than that is closed again', async () => {
    const world = await autoWorld();
    await openedAgain(world, days(7) + 10_000);
    await prepare(world);
    expect(await approvalOf(world)).toMatchObject({ state: 'approved', decidedBy: POLICY });
  });

  it('from another source is closed again', async () => {
    const world = await autoWorld();
    await openedAgain(world, 60_000);
    const admittedBy = [{ ruleId: 'host:default', source: '198.51.0.0/16', breadth: 'range' as const }];
    world.firewall.rules = admittedBy;
    await world.editFinding({ admittedBy });
    await prepare(world);
    expect(await approvalOf(world)).toMatchObject({ state: 'approved' });
  });
});

describe('what a policy approved is refused at the moment of the change when', () => {
  it.each<[string, (world: World) => void | Promise<void>, string]>([
    ['the mode is another by now', (w) => void (w.ports.mode = 'approve'), 'runs in mode approve by now'],
    ['the pattern is gone', (w) => void (w.ports.auto = [{ ...PATTERN, ports: '22' }]), 'no pattern under "auto"'],
    ['the finding is private by now', (w) => w.editFinding({ admittedBy: [] }), 'no pattern under "auto"'],
    [
      'the port is whitelisted by now',
      async (w) => void (await w.stores.whitelist.save(aWhitelistEntry({ version: 0 }))),
      'whitelisted by now',
    ],
  ])('%s', async (_, meanwhile, said) => {
    const world = await autoWorld();
    await prepare(world);
    await meanwhile(world);
    const outcome = await runChange(world.ports, world.requests.shift()!);
    expect(outcome).toMatchObject({ kind: 'refused', plan: { note: expect.stringContaining(said) } });
    expect(world.firewall.applied).toEqual([]);
    expect(await world.untold()).toContain('change-failed');
  });

  it('its plan says that a person must decide', async () => {
    const world = await autoWorld();
    const { firewall } = world.ports;
    world.ports.firewall = {
      ...aFirewallLike(firewall),
      draft: async (...asked) => ({ ...(await firewall.draft(...asked)), needsPerson: 'sg-1 is shared.' }),
    };
    await prepare(world);
    expect(await approvalOf(world)).toMatchObject({ state: 'pending' });
    const approval = await approvalOf(world);
    await world.stores.approvals.decide(approval!.id, 'approved', POLICY, world.now);
    const request = { action: 'apply' as const, planId: approval!.planId, approvalId: approval!.id, actor: POLICY };
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(await world.notes()).toContain('sg-1 is shared.');
  });

  it('but not for having become old while it waited', async () => {
    const world = await autoWorld();
    await prepare(world);
    world.later(1_800_000);
    expect((await runChange(world.ports, world.requests.shift()!)).kind).toBe('applied');
  });
});

function aFirewallLike(firewall: World['ports']['firewall']): World['ports']['firewall'] {
  return {
    capability: (address) => firewall.capability(address),
    admissions: (address, port, protocol) => firewall.admissions(address, port, protocol),
    why: (address, port, protocol) => firewall.why(address, port, protocol),
    draft: (finding, options) => firewall.draft(finding, options),
    reasonToKeep: (body) => firewall.reasonToKeep(body),
    standing: (body) => firewall.standing(body),
    perform: (body, direction, lease) => firewall.perform(body, direction, lease),
  };
}
