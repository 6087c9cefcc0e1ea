import { describe, expect, it } from 'vitest';
import { decideById, decideByToken } from '../../../core/approvals/decide.ts';
import { linksFor } from '../../../core/approvals/links.ts';
import { viewByToken } from '../../../core/approvals/view.ts';
import type { Approver, SignInSettings } from '../../../core/config/approver-schema.ts';
import { Refused } from '../../../core/errors.ts';
import { anAttribution } from '../../builders/attribution.ts';
import { makeWorld } from '../../support/web/world.ts';

const EVIDENCE = { ip: '192.0.2.40', userAgent: 'Mozilla/5.0', reason: null };
const SIGN_IN: SignInSettings = {
  issuer: 'https://login.example.com',
  clientId: 'c',
  audience: 'c',
  forSeverity: 'high',
};
const ADMITTED = { admittedBy: [{ ruleId: 'sgr-1', source: '0.0.0.0/0', breadth: 'internet' as const }] };

const anApprover = (over: Partial<Approver> = {}): Approver => ({
  name: 'ana@example.com',
  match: null,
  subject: null,
  arns: [],
  ...over,
});

/** The finding is at 192.0.2.3. */
const worldOf = (...approvers: Approver[]) => makeWorld({ deciders: { approvers } });

describe('a list of approvers', () => {
  it('has links for each who may decide at the address, and names nobody else', async () => {
    const world = worldOf(
      anApprover(),
      anApprover({ name: 'bo', match: '192.0.2.0/28' }),
      anApprover({ name: 'cy', match: '198.51.100.0/24' }),
    );
    const { approval } = await world.addPending();
    const links = await linksFor({ ...world.ports, publicUrl: 'https://links.example.com' }, approval.id);
    expect(links.map(({ approver }) => approver)).toEqual(['ana@example.com', 'bo']);
    for (const { approver, url } of links) {
      const view = await viewByToken(world.ports, url.replace('https://links.example.com/approvals/', ''));
      expect(view).toMatchObject({ approver, whyNotDecide: null, mayDecide: ['ana@example.com', 'bo'] });
    }
  });

  it('without anybody for the address makes no link, and says so', async () => {
    const world = worldOf(anApprover({ match: '198.51.100.0/24' }));
    const { approval } = await world.addPending();
    await expect(world.services.linksFor(approval.id)).rejects.toThrow(
      'Nobody on the list of approvers may decide on 192.0.2.3.',
    );
  });

  it('is not asked for upper and lower case', async () => {
    const world = worldOf(anApprover({ name: 'Ana@Example.com' }));
    const { token } = await world.addPending();
    const link = await world.tokenFor((await world.stores.approvals.list())[0]!.id, 'ana@example.com');
    expect(await viewByToken(world.ports, token)).toMatchObject({ whyNotDecide: expect.stringContaining('payments') });
    expect((await decideByToken(world.ports, link, 'approved', EVIDENCE))?.kind).toBe('decided');
  });

  it('empty leaves it to whoever holds the link', async () => {
    const world = makeWorld();
    const { token, approval } = await world.addPending();
    expect(await viewByToken(world.ports, token)).toMatchObject({ whyNotDecide: null, mayDecide: [] });
    await decideByToken(world.ports, token, 'approved', EVIDENCE);
    expect(await world.stores.approvals.get(approval.id)).toMatchObject({
      decidedAs: { how: 'link', name: 'payments@example.com', subject: null, email: null },
    });
  });
});

describe('somebody who is not on the list (any more)', () => {
  it.each(['approved', 'denied'] as const)('has not %s: a row in the audit, and nothing else', async (verb) => {
    const world = worldOf(anApprover());
    const { approval } = await world.addPending();
    const token = await world.tokenFor(approval.id, 'former@example.com');
    const before = await world.stores.approvals.list();
    for (let click = 0; click < 3; click += 1) {
      expect(await decideByToken(world.ports, token, verb, EVIDENCE)).toMatchObject({
        kind: 'barred',
        reason: 'former@example.com is not on the list of approvers.',
      });
    }
    expect(await world.stores.approvals.list()).toEqual(before);
    expect(world.requests).toEqual([]);
    const rows = await world.stores.audit.list({ limit: 10, object: approval.id });
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      actor: 'former@example.com (by link)',
      action: 'decision-refused',
      detail: `not ${verb}: former@example.com is not on the list of approvers.; by link; from 192.0.2.40; with Mozilla/5.0`,
    });
  });

  it('sees a page that says so, without the plan, and a POST is told the same', async () => {
    const world = worldOf(anApprover());
    const { approval, plan } = await world.addPending();
    const token = await world.tokenFor(approval.id, 'former@example.com');
    const before = await world.snapshot();
    const shown = await world.send('GET', `/approvals/${token}`);
    expect(shown.status).toBe(403);
    const html = await shown.text();
    expect(html).toContain('former@example.com is not on the list of approvers.');
    expect(html).not.toContain(plan.body.target);
    expect(await world.snapshot()).toBe(before);
    expect((await world.submit(token, { decision: 'approve' })).status).toBe(403);
  });

  it('may not decide outside their network', async () => {
    const world = worldOf(anApprover({ match: '198.51.100.0/24' }));
    const { approval } = await world.addPending();
    const token = await world.tokenFor(approval.id, 'ana@example.com');
    expect(await decideByToken(world.ports, token, 'denied', EVIDENCE)).toMatchObject({
      kind: 'barred',
      reason: 'ana@example.com may decide on 198.51.100.0/24 only, and 192.0.2.3 is not there.',
    });
  });

  it('may not decide by the command line either', async () => {
    const world = worldOf(anApprover({ name: 'ana' }));
    const { approval } = await world.addPending();
    for (const actor of ['bo', 'api', 'policy auto: pattern 1']) {
      await expect(decideById(world.ports, approval.id, 'approved', actor)).rejects.toThrow(
        new Refused(`${actor} is not on the list of approvers.`),
      );
    }
    expect((await world.stores.audit.list({ limit: 10 })).map(({ actor }) => actor).toSorted()).toEqual([
      'api',
      'bo',
      'policy auto: pattern 1',
    ]);
    expect((await decideById(world.ports, approval.id, 'approved', 'ana', 'ticket 12')).kind).toBe('decided');
    expect(await world.stores.approvals.get(approval.id)).toMatchObject({
      decidedBy: 'ana',
      decidedAs: { how: 'cli' },
    });
    const row = (await world.stores.audit.list({ limit: 10 })).find(({ actor }) => actor === 'ana');
    expect(row?.detail).toContain('; by cli; reason: ticket 12');
  });
});

describe('the command line, where approvers must sign in', () => {
  it('decides below the severity only, and says where else', async () => {
    const world = makeWorld({ deciders: { approvers: [anApprover({ name: 'ana', subject: '1' })], signIn: SIGN_IN } });
    const { approval, finding } = await world.addPending({ finding: { severity: 'high' } });
    for (const verb of ['approved', 'denied'] as const) {
      await expect(decideById(world.ports, approval.id, verb, 'ana')).rejects.toThrow(
        `What is high is decided by an approver who has signed in: open the link that portcullis approvals link ${approval.id} prints.`,
      );
    }
    await world.stores.findings.save({ ...finding, severity: 'medium' });
    expect((await decideById(world.ports, approval.id, 'approved', 'ana')).kind).toBe('decided');
  });

  it.each([
    ['info', false],
    ['low', false],
    ['medium', false],
    ['high', true],
    ['critical', true],
  ] as const)('severity %s: a sign-in is needed: %s', async (severity, needed) => {
    const world = makeWorld({ deciders: { approvers: [anApprover()], signIn: SIGN_IN } });
    const { approval } = await world.addPending({ finding: { severity } });
    const token = await world.tokenFor(approval.id, 'ana@example.com');
    const view = await viewByToken(world.ports, token);
    expect(view?.signIn.kind).toBe(needed ? 'needed' : 'not-needed');
    const outcome = await decideByToken(world.ports, token, 'denied', EVIDENCE);
    expect(outcome?.kind).toBe(needed ? 'sign-in' : 'decided');
  });
});

describe('whoever opened the port', () => {
  const actor = 'arn:aws:sts::123456789012:assumed-role/admin/zoe';

  it('cannot approve by link, and can deny', async () => {
    const world = worldOf(anApprover({ arns: ['arn:aws:sts::*:assumed-role/admin/zoe'] }), anApprover({ name: 'bo' }));
    await world.stores.attributions.put([anAttribution({ actor })]);
    const { approval } = await world.addPending({ finding: ADMITTED });
    const token = await world.tokenFor(approval.id, 'ana@example.com');
    expect(await decideByToken(world.ports, token, 'approved', EVIDENCE)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('ana@example.com opened this port'),
    });
    const [row] = await world.stores.audit.list({ limit: 1 });
    expect(row).toMatchObject({ action: 'decision-refused', detail: expect.stringContaining('from 192.0.2.40') });
    expect((await decideByToken(world.ports, token, 'denied', EVIDENCE))?.kind).toBe('decided');
  });

  it('does not stop others', async () => {
    const world = worldOf(anApprover({ arns: ['arn:aws:sts::*:assumed-role/admin/zoe'] }), anApprover({ name: 'bo' }));
    await world.stores.attributions.put([anAttribution({ actor })]);
    const { approval } = await world.addPending({ finding: ADMITTED });
    const token = await world.tokenFor(approval.id, 'bo');
    expect((await decideByToken(world.ports, token, 'approved', EVIDENCE))?.kind).toBe('decided');
  });

  it('cannot approve by the command line under that name, with no list of approvers either', async () => {
    const world = makeWorld();
    await world.stores.attributions.put([anAttribution({ actor })]);
    const { approval } = await world.addPending({ finding: ADMITTED });
    await expect(decideById(world.ports, approval.id, 'approved', 'zoe')).rejects.toThrow('zoe opened this port');
    expect((await decideById(world.ports, approval.id, 'denied', 'zoe')).kind).toBe('decided');
  });

  it('is said on the page, or that it is not known', async () => {
    const world = makeWorld();
    await world.stores.attributions.put([anAttribution({ actor })]);
    const { token, finding } = await world.addPending({ finding: ADMITTED });
    const known = await (await world.send('GET', `/approvals/${token}`)).text();
    expect(known).toContain(`${actor} created sgr-1 at 2026-03-01T09:00:00.000Z from 203.0.113.9`);
    expect(known).toContain('Who opened it may deny, not approve.');
    expect(known).toContain('Whoever holds this link.');
    expect(known).toMatch(/<strong>payments@example\.com<\/strong>,\s+by this link\./);
    await world.stores.findings.save({ ...finding, admittedBy: [{ ...ADMITTED.admittedBy[0]!, ruleId: 'sgr-9' }] });
    const unknown = await (await world.send('GET', `/approvals/${token}`)).text();
    expect(unknown).toContain('so Portcullis cannot tell whether it was you.');
    expect((await world.submit(token, { decision: 'approve' })).status).toBe(200);
  });

  it('is not guessed when the attributions cannot be read: nothing is decided', async () => {
    const world = makeWorld();
    const { token, approval } = await world.addPending({ finding: ADMITTED });
    const ports = {
      ...world.ports,
      attributions: { ...world.ports.attributions, get: () => Promise.reject(new Error('gone')) },
    };
    await expect(decideByToken(ports, token, 'approved', EVIDENCE)).rejects.toThrow('gone');
    await expect(decideById(ports, approval.id, 'approved', 'zoe')).rejects.toThrow('gone');
    expect((await world.stores.approvals.get(approval.id))?.state).toBe('pending');
  });
});
