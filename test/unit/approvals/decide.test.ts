import { describe, expect, it } from 'vitest';
import { decideById, decideByToken } from '../../../core/approvals/decide.ts';
import { viewByToken } from '../../../core/approvals/view.ts';
import { finishDecision } from '../../../core/approvals/finish.ts';
import { issueToken } from '../../../core/approvals/link.ts';
import { NotFound, Refused, VersionConflict } from '../../../core/errors.ts';
import { aPlanBody } from '../../builders/plan.ts';
import { makeWorld } from '../../support/web/world.ts';

const EVIDENCE = { ip: '192.0.2.40', userAgent: 'Mozilla/5.0', reason: 'reviewed' };
const BY = 'payments@example.com (by link)';

describe('deciding by link', () => {
  it('approves once: the approval, the finding, the audit and one request to change the firewall', async () => {
    const { ports, stores, requests, addPending } = makeWorld();
    const { token, approval, plan, finding } = await addPending();
    const outcome = await decideByToken(ports, token, 'approved', EVIDENCE);
    expect(outcome?.kind).toBe('decided');
    expect(await stores.approvals.get(approval.id)).toMatchObject({
      state: 'approved',
      decidedBy: BY,
      decidedAt: '2026-03-01T09:00:00.000Z',
    });
    expect((await stores.findings.get(finding.id))?.approvedAt).toBe('2026-03-01T09:00:00.000Z');
    expect((await stores.plans.get(plan.id))?.state).toBe('proposed');
    expect(requests).toEqual([{ action: 'apply', planId: plan.id, approvalId: approval.id, actor: BY }]);
    const rows = await stores.audit.list({ limit: 10, object: approval.id });
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ actor: BY, action: 'approval-approved', findingId: finding.id });
    expect(rows[0]?.detail).toContain('by link; from 192.0.2.40; with Mozilla/5.0; reason: reviewed');
  });

  it('denies once: the plan ends, nothing is sent', async () => {
    const { ports, stores, requests, addPending } = makeWorld();
    const { token, plan, finding } = await addPending();
    expect((await decideByToken(ports, token, 'denied', EVIDENCE))?.kind).toBe('decided');
    expect(await stores.plans.get(plan.id)).toMatchObject({ state: 'refused', note: `denied by ${BY}` });
    expect((await stores.findings.get(finding.id))?.approvedAt).toBeNull();
    expect(requests).toEqual([]);
  });

  it.each(['approved', 'denied'] as const)(
    'tells a second click (%s) the first answer and changes nothing',
    async (second) => {
      const world = makeWorld();
      const { token } = await world.addPending();
      await decideByToken(world.ports, token, 'approved', EVIDENCE);
      const before = await world.snapshot();
      world.time.now = '2026-03-01T10:00:00.000Z';
      const outcome = await decideByToken(world.ports, token, second, { ...EVIDENCE, ip: '192.0.2.99' });
      expect(outcome).toMatchObject({
        kind: 'already',
        view: { approval: { state: 'approved', decidedBy: BY, decidedAt: '2026-03-01T09:00:00.000Z' } },
      });
      expect(await world.snapshot()).toBe(before);
    },
  );

  it('sends one request when many clicks arrive together', async () => {
    const { ports, requests, addPending } = makeWorld();
    const { token } = await addPending();
    const clicks = Array.from({ length: 20 }, (_, i) =>
      decideByToken(ports, token, i % 2 === 0 ? 'approved' : 'denied', EVIDENCE),
    );
    const kinds = (await Promise.all(clicks)).map((outcome) => outcome?.kind);
    expect(kinds.filter((kind) => kind === 'decided')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'already')).toHaveLength(19);
    expect(requests.length).toBeLessThanOrEqual(1);
  });

  it('refuses in mode observe with a sentence, and still lets somebody deny', async () => {
    const world = makeWorld({ mode: 'observe' });
    const { token, approval } = await world.addPending();
    const before = await world.snapshot();
    const outcome = await decideByToken(world.ports, token, 'approved', EVIDENCE);
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining('mode observe') });
    await expect(decideById(world.ports, approval.id, 'approved', 'alice')).rejects.toThrow(Refused);
    expect(await world.snapshot()).toBe(before);
    expect((await decideByToken(world.ports, token, 'denied', EVIDENCE))?.kind).toBe('decided');
  });

  it('refuses to approve a plan that has already ended', async () => {
    const world = makeWorld();
    const { token } = await world.addPending({ plan: { state: 'refused', note: 'the firewall had changed' } });
    expect(await decideByToken(world.ports, token, 'approved', EVIDENCE)).toMatchObject({
      kind: 'refused',
      reason: 'This plan is refused (the firewall had changed): there is nothing left to approve.',
    });
  });

  it.each([
    ['expired', async (w: ReturnType<typeof makeWorld>) => ((w.time.now = '2026-03-02T09:00:00.000Z'), undefined)],
    [
      'for a plan whose body is not what was hashed',
      async (w: ReturnType<typeof makeWorld>) => {
        const plan = (await w.stores.plans.list())[0]!;
        await w.stores.plans.save({ ...plan, body: aPlanBody({ port: 22 }) });
      },
    ],
    [
      'for an approval that now points to another plan',
      async (w: ReturnType<typeof makeWorld>) => {
        const approval = (await w.stores.approvals.list())[0]!;
        await w.stores.approvals.save({ ...approval, planHash: 'f'.repeat(64) });
      },
    ],
    [
      'for an approval that housekeeping has expired',
      async (w: ReturnType<typeof makeWorld>) => {
        const approval = (await w.stores.approvals.list())[0]!;
        await w.stores.approvals.save({ ...approval, state: 'expired' });
      },
    ],
  ])('is the same nothing as a forged link when it is %s', async (_, spoil) => {
    const world = makeWorld();
    const { token } = await world.addPending();
    await spoil(world);
    const before = await world.snapshot();
    expect(await viewByToken(world.ports, token)).toBeNull();
    expect(await decideByToken(world.ports, token, 'approved', EVIDENCE)).toBeNull();
    expect(await world.snapshot()).toBe(before);
  });

  it('is nothing for an approval that does not exist', async () => {
    const { ports, signer } = makeWorld();
    const claims = {
      approvalId: 'a-gone',
      planHash: 'f'.repeat(64),
      approver: 'x',
      expiresAt: '2026-03-02T09:00:00.000Z',
    };
    expect(await viewByToken(ports, await issueToken(signer, claims))).toBeNull();
  });

  it('keeps line breaks and other control characters of strangers out of the audit', async () => {
    const { ports, stores, addPending } = makeWorld();
    const { token } = await addPending();
    await decideByToken(ports, token, 'approved', {
      ip: null,
      userAgent: `Evil\r\n2026 root approved\u202E${'x'.repeat(5_000)}`,
      reason: 'a\nb',
    });
    const detail = (await stores.audit.list({ limit: 1 }))[0]!.detail;
    expect(detail).toContain('with Evil 2026 root approved');
    expect(detail).toContain('reason: a b');
    expect(detail).not.toMatch(/[\r\n\u202E]/);
    expect(detail.length).toBeLessThan(500);
  });
});

describe('deciding by id', () => {
  it('records who decided and the reason', async () => {
    const { ports, stores, requests, addPending } = makeWorld();
    const { approval } = await addPending();
    const decision = await decideById(ports, approval.id, 'approved', 'alice', 'ticket 12');
    expect(decision).toMatchObject({ kind: 'decided', approval: { state: 'approved', decidedBy: 'alice' } });
    expect(requests).toHaveLength(1);
    expect((await stores.audit.list({ limit: 1 }))[0]?.detail).toContain('by cli; reason: ticket 12');
  });

  it('says that it is expired, and changes nothing', async () => {
    const world = makeWorld();
    const { approval } = await world.addPending();
    world.time.now = '2026-03-02T09:00:00.000Z';
    const before = await world.snapshot();
    expect((await decideById(world.ports, approval.id, 'approved', 'alice')).kind).toBe('expired');
    expect(await world.snapshot()).toBe(before);
  });

  it('names an approval that does not exist', async () => {
    await expect(decideById(makeWorld().ports, 'a-gone', 'denied', 'alice')).rejects.toThrow(
      new NotFound('approval', 'a-gone'),
    );
  });

  it('refuses a plan whose body is not what was hashed', async () => {
    const { ports, stores, addPending } = makeWorld();
    const { approval, plan } = await addPending();
    await stores.plans.save({ ...plan, body: aPlanBody({ port: 22 }) });
    await expect(decideById(ports, approval.id, 'approved', 'alice')).rejects.toThrow(Refused);
    expect((await stores.approvals.get(approval.id))?.state).toBe('pending');
  });
});

describe('what follows a decision', () => {
  it('is finished by calling it again after a crash: one audit row, the finding stamped, the request sent', async () => {
    const { ports, stores, requests, addPending } = makeWorld();
    const { approval } = await addPending();
    const crashing = { ...ports, queue: { send: () => Promise.reject(new Error('killed')) } };
    await expect(decideById(crashing, approval.id, 'approved', 'alice')).rejects.toThrow('killed');
    const stored = (await stores.approvals.get(approval.id))!;
    expect(stored.state).toBe('approved');
    await finishDecision(ports, stored, 'found by reconcile');
    await finishDecision(ports, stored, 'found by reconcile');
    expect(await stores.audit.list({ limit: 10, object: approval.id })).toHaveLength(1);
    expect(new Set(requests.map((request) => JSON.stringify(request))).size).toBe(1);
  });

  it('tries again when somebody else writes the finding at the same time', async () => {
    const { ports, stores, addPending } = makeWorld();
    const { approval, finding } = await addPending();
    let conflicts = 2;
    const contended = {
      ...ports,
      findings: {
        get: (id: string) => stores.findings.get(id),
        getMany: (ids: readonly string[]) => stores.findings.getMany(ids),
        list: () => stores.findings.list(),
        listUntold: (group?: string) => stores.findings.listUntold(group),
        save: (item: typeof finding) => {
          conflicts -= 1;
          return conflicts >= 0 ? Promise.reject(new VersionConflict('busy')) : stores.findings.save(item);
        },
      },
    };
    await decideById(contended, approval.id, 'approved', 'alice');
    expect((await stores.findings.get(finding.id))?.approvedAt).toBe('2026-03-01T09:00:00.000Z');
  });

  it('leaves a finding alone that has a newer approval', async () => {
    const { ports, stores, addPending } = makeWorld();
    const { approval, finding } = await addPending({ finding: { approvalId: 'a-newer' } });
    await decideById(ports, approval.id, 'approved', 'alice');
    expect((await stores.findings.get(finding.id))?.approvedAt).toBeNull();
  });

  it('does nothing for an approval that is not decided', async () => {
    const world = makeWorld();
    const { approval } = await world.addPending();
    const before = await world.snapshot();
    await finishDecision(world.ports, approval, 'by mistake');
    expect(await world.snapshot()).toBe(before);
  });
});
