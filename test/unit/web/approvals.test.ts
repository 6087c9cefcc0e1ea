import { describe, expect, it } from 'vitest';
import { hashOf } from '../../../core/identity.ts';
import { issueToken } from '../../../core/approvals/link.ts';
import { aPlanBody } from '../../builders/plan.ts';
import { makeWorld } from '../../support/web/world.ts';

const HOSTILE = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>';

describe('the approval page', () => {
  it('shows the finding, the exact change, who else is affected, sessions, neighbours, expiry and two buttons', async () => {
    const { addPending, send } = makeWorld();
    const { token } = await addPending({
      plan: { body: aPlanBody({ affected: [{ what: 'job runner', why: 'it connects from 192.0.2.9' }] }) },
      finding: { severity: 'critical', owner: 'payments' },
    });
    const answer = await send('GET', `/approvals/${token}`);
    expect(answer.status).toBe(200);
    const html = await answer.text();
    for (const part of [
      'critical',
      '192.0.2.3:6379',
      'nftables:inet portcullis',
      'Let through',
      'Closed by Portcullis',
      'nft add element inet portcullis',
      'nft delete element inet portcullis',
      'job runner: it connects from 192.0.2.9',
      'Connections that are open now stay open until they end.',
      '192.0.2.3:8080',
      '2026-03-02 09:00:00',
      '<form method="post"',
      'name="decision" value="approve"',
      'name="decision" value="deny"',
    ]) {
      expect(html).toContain(part);
    }
    expect(html).not.toMatch(/<script|onload|http-equiv="refresh"/i);
  });

  it.each(['GET', 'HEAD', 'OPTIONS'])('%s changes nothing, however often it is asked', async (method) => {
    const world = makeWorld();
    const { token } = await world.addPending();
    const before = await world.snapshot();
    for (let i = 0; i < 3; i += 1) await world.send(method, `/approvals/${token}?decision=approve`);
    expect(await world.snapshot()).toBe(before);
  });

  it.each(['PUT', 'PATCH', 'DELETE'])('%s changes nothing', async (method) => {
    const world = makeWorld();
    const { token } = await world.addPending();
    const before = await world.snapshot();
    expect((await world.send(method, `/approvals/${token}`, { body: 'decision=approve' })).status).toBe(404);
    expect(await world.snapshot()).toBe(before);
  });

  it('approves by POST, and says by whom, when and what happens next', async () => {
    const { addPending, submit, requests } = makeWorld();
    const { token, plan } = await addPending();
    const answer = await submit(token, { decision: 'approve', reason: 'reviewed' });
    expect(answer.status).toBe(200);
    const html = await answer.text();
    expect(html).toContain('<h1>Approved</h1>');
    expect(html).toContain('payments@example.com (by link)');
    expect(html).toContain('2026-03-01 09:00:00');
    expect(html).toContain(`portcullis rollback ${plan.id}`);
    expect(requests).toHaveLength(1);
  });

  it('denies by POST', async () => {
    const { addPending, submit, requests, stores } = makeWorld();
    const { token, approval } = await addPending();
    expect(await (await submit(token, { decision: 'deny' })).text()).toContain('Nothing will be changed.');
    expect((await stores.approvals.get(approval.id))?.state).toBe('denied');
    expect(requests).toEqual([]);
  });

  it('tells the second click who decided and when, with 200, and does nothing', async () => {
    const world = makeWorld();
    const { token } = await world.addPending();
    await world.submit(token, { decision: 'deny' });
    const before = await world.snapshot();
    world.time.now = '2026-03-01T11:30:00.000Z';
    for (const answer of [
      await world.submit(token, { decision: 'approve' }),
      await world.send('GET', `/approvals/${token}`),
    ]) {
      expect(answer.status).toBe(200);
      const html = await answer.text();
      expect(html).toContain('Already denied');
      expect(html).toContain('payments@example.com (by link)');
      expect(html).toContain('2026-03-01 09:00:00');
      expect(html).not.toContain('<form');
    }
    expect(await world.snapshot()).toBe(before);
  });

  it('shows the commands to run in mode propose', async () => {
    const { addPending, submit, send } = makeWorld({ mode: 'propose' });
    const { token } = await addPending();
    expect(await (await send('GET', `/approvals/${token}`)).text()).toContain('a person runs the commands');
    const html = await (await submit(token, { decision: 'approve' })).text();
    expect(html).toContain('run these commands as root');
    expect(html).toContain('nft add element inet portcullis');
  });

  it('cannot be approved in mode observe: the button is off, and a POST is refused with a sentence', async () => {
    const world = makeWorld({ mode: 'observe' });
    const { token } = await world.addPending();
    expect(await (await world.send('GET', `/approvals/${token}`)).text()).toMatch(/value="approve"\s+disabled/);
    const answer = await world.submit(token, { decision: 'approve' });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('mode observe, where nothing may be changed');
    expect(world.requests).toEqual([]);
  });

  it.each([
    ['no decision', ''],
    ['another decision', 'decision=yes'],
    ['two decisions', 'decision[]=approve'],
    ['a reason that is too long', `decision=approve&reason=${'x'.repeat(501)}`],
  ])('decides nothing on a form with %s', async (_, body) => {
    const world = makeWorld();
    const { token } = await world.addPending();
    const before = await world.snapshot();
    const answer = await world.send('POST', `/approvals/${token}`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Nothing was decided');
    expect(await world.snapshot()).toBe(before);
  });

  it('decides nothing on a body that is no form', async () => {
    const world = makeWorld();
    const { token } = await world.addPending();
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain']) {
      const answer = await world.send('POST', `/approvals/${token}`, {
        headers: { 'content-type': type },
        body: '{"decision":"approve"}',
      });
      expect(answer.status, `type ${type}`).toBe(400);
    }
    expect(world.requests).toEqual([]);
  });

  it('gives one answer, byte for byte, for every link that is not good', async () => {
    const world = makeWorld();
    const { token, approval } = await world.addPending();
    const [payload, mac] = token.split('.') as [string, string];
    const unknown = await issueToken(world.signer, {
      approvalId: 'a-unknown',
      planHash: approval.planHash,
      approver: 'x',
      expiresAt: approval.expiresAt,
    });
    const otherPlan = await issueToken(world.signer, {
      approvalId: approval.id,
      planHash: hashOf('another plan'),
      approver: 'x',
      expiresAt: approval.expiresAt,
    });
    const expired = await issueToken(world.signer, {
      approvalId: approval.id,
      planHash: approval.planHash,
      approver: 'x',
      expiresAt: '2026-03-01T08:59:59.999Z',
    });
    const bad = [
      'x',
      '%00',
      '%E0%A4%A',
      'a/b/c',
      'x'.repeat(8_000),
      `${payload}.`,
      `.${mac}`,
      `${payload}.${mac.slice(0, -2)}`,
      `${payload}.${'A'.repeat(43)}`,
      `${payload}A.${mac}`,
      unknown,
      otherPlan,
      expired,
    ];
    const answers = new Set<string>();
    const before = await world.snapshot();
    for (const bad_ of bad) {
      for (const answer of [
        await world.send('GET', `/approvals/${bad_}`),
        await world.submit(bad_, { decision: 'approve' }),
        await world.submit(bad_, { decision: 'nonsense' }),
      ]) {
        expect(answer.status, `link ${bad_.slice(0, 60)}`).toBe(404);
        answers.add(JSON.stringify([...answer.headers, await answer.text()]));
      }
    }
    expect(answers.size).toBe(1);
    expect(await world.snapshot()).toBe(before);
    expect((await world.send('GET', `/approvals/${token}`)).status).toBe(200);
  });

  it('keeps the link out of caches, indexes, referrers and frames', async () => {
    const { addPending, send, submit } = makeWorld();
    const { token } = await addPending();
    for (const answer of [
      await send('GET', `/approvals/${token}`),
      await send('GET', '/approvals/bad'),
      await submit(token, { decision: 'approve' }),
    ]) {
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('x-robots-tag')).toContain('noindex');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("form-action 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      const html = await answer.text();
      expect(html).toContain('<meta name="robots" content="noindex, nofollow"');
      expect(html).not.toContain(token);
    }
  });

  it('escapes everything that comes from outside', async () => {
    const { addPending, send, submit } = makeWorld();
    const { token } = await addPending({
      finding: { service: HOSTILE, owner: HOSTILE, admittedBy: [] },
      plan: {
        body: aPlanBody({
          target: HOSTILE,
          sessions: HOSTILE,
          commands: [HOSTILE],
          affected: [{ what: HOSTILE, why: HOSTILE }],
          admittedBy: [{ ruleId: HOSTILE, source: HOSTILE, breadth: 'internet' }],
        }),
        note: HOSTILE,
      },
    });
    for (const answer of [
      await send('GET', `/approvals/${token}`),
      await submit(token, { decision: 'approve', reason: HOSTILE }),
    ]) {
      const html = await answer.text();
      expect(html).not.toMatch(/<script|<img/i);
    }
  });
});

describe('a token', () => {
  it('is handed out by POST /api/approvals/:id/link and by nothing else', async () => {
    const world = makeWorld();
    const { token, approval, finding, plan } = await world.addPending();
    const link = await world.api('POST', `/api/approvals/${approval.id}/link`);
    expect(await link.json()).toEqual({
      url: `http://127.0.0.1:8460/approvals/${token}`,
      links: [{ approver: 'payments@example.com', url: `http://127.0.0.1:8460/approvals/${token}` }],
    });
    expect((await world.send('POST', `/api/approvals/${approval.id}/link`)).status).toBe(401);
    await world.submit(token, { decision: 'approve' });
    for (const path of [
      '/',
      '/metrics',
      '/api/status',
      '/api/findings',
      `/api/findings/${finding.id}`,
      '/api/approvals',
      `/api/approvals/${approval.id}`,
      '/api/plans',
      `/api/plans/${plan.id}`,
      '/api/audit',
      '/api/changes',
      '/api/export',
      '/api/openapi.json',
    ]) {
      const answer = await world.send('GET', path);
      expect(answer.status, `route ${path}`).toBe(200);
      const text = (await answer.text()) + JSON.stringify([...answer.headers]);
      expect(text.includes(token.split('.')[1]!), `route ${path}`).toBe(false);
    }
  });

  it('is never logged, also when a store fails with the address of the request in its message', async () => {
    const world = makeWorld();
    const { token } = await world.addPending();
    world.services.viewByToken = async (given) => {
      throw new Error(`GET http://127.0.0.1:8460/approvals/${given} failed`, { cause: new Error(`token ${given}`) });
    };
    const answer = await world.send('GET', `/approvals/${token}`);
    expect(answer.status).toBe(500);
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.text()).not.toContain('failed');
    expect(world.logged).toEqual([
      {
        message: 'GET http://127.0.0.1:8460/approvals/TOKEN failed (token TOKEN)',
        method: 'GET',
        path: '/approvals/TOKEN',
      },
    ]);
  });
});
