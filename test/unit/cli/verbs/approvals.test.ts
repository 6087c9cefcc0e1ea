import { describe, expect, it } from 'vitest';
import { anApproval } from '../../../builders/approval.ts';
import { aPlan } from '../../../builders/plan.ts';
import { runFake } from '../../../support/cli/run-fake.ts';

describe('approvals', () => {
  const plan = aPlan();
  const approval = {
    ...anApproval({ id: 'a-1', state: 'approved', decidedBy: 'bob', decidedAt: '2026-03-01T09:05:00.000Z' }),
    plan,
  };

  it('approve decides as the operator', async () => {
    const { code, out, requests } = await runFake(['approvals', 'approve', 'a-1', '--reason', 'known'], {
      routes: { 'POST /api/approvals/a-1/approve': { kind: 'decided', approval } },
    });
    expect({ code, out }).toEqual({ code: 0, out: 'Approved a-1.' });
    expect(requests[0]).toMatchObject({ body: { by: 'ada', reason: 'known' }, authorization: 'Bearer secret' });
  });

  it.each([
    ['approve', 0],
    ['deny', 1],
  ])('%s after an approval is told who decided and when, and ends with %d', async (verb, code) => {
    const result = await runFake(['approvals', verb, 'a-1'], {
      routes: { [`POST /api/approvals/a-1/${verb}`]: { kind: 'already', approval } },
    });
    expect(result.code).toBe(code);
    expect(result.out).toBe('Approval a-1 was decided before: approved, by bob at 2026-03-01 09:05:00 UTC.');
  });

  it('approve says that this process makes the change when nothing runs', async () => {
    const { code, err, opened, closed } = await runFake(['approvals', 'approve', 'a-1', '--data', '/d'], {
      lock: null,
      routes: { 'POST /api/approvals/a-1/approve': { kind: 'decided', approval } },
    });
    expect({ code, opened, closed }).toEqual({ code: 0, opened: 1, closed: 1 });
    expect(err).toBe('nothing runs on /d: the change is made by this process now; see portcullis approvals show a-1');
  });

  it('show prints the plan with its commands and hash', async () => {
    const { out } = await runFake(['approvals', 'show', 'a-1'], { routes: { 'GET /api/approvals/a-1': approval } });
    expect(out).toContain(`hash        ${plan.hash}`);
    for (const command of plan.body.commands) expect(out).toContain(`by hand     ${command}`);
  });

  it('link prints the link alone', async () => {
    const url = 'http://127.0.0.1:8460/approvals/TOKEN';
    const { out } = await runFake(['approvals', 'link', 'a-1'], {
      routes: { 'POST /api/approvals/a-1/link': { url, links: [{ approver: 'ana', url }] } },
    });
    expect(out).toBe(url);
  });

  it('link prints the links of several approvers each behind its name', async () => {
    const links = [
      { approver: 'ana@example.com', url: 'http://127.0.0.1:8460/approvals/ONE' },
      { approver: 'bo', url: 'http://127.0.0.1:8460/approvals/TWO' },
    ];
    const routes = { 'POST /api/approvals/a-1/link': { url: 'http://127.0.0.1:8460/approvals/ONE', links } };
    const { out } = await runFake(['approvals', 'link', 'a-1'], { routes });
    expect(out).toBe('ana@example.com http://127.0.0.1:8460/approvals/ONE\nbo http://127.0.0.1:8460/approvals/TWO');
  });

  it('does not let an id reach another route', async () => {
    const { requests } = await runFake(['approvals', 'approve', '../plans/p-1'], {
      routes: { 'POST /api/approvals/..%2Fplans%2Fp-1/approve': { kind: 'decided', approval } },
    });
    expect(requests[0]?.path).toBe('/api/approvals/..%2Fplans%2Fp-1/approve');
  });
});

describe('approvals list', () => {
  const why = 'Changes in account local are stopped since T; run portcullis resume local';

  it.each([[[]], [['--json']]])('says which line is stopped, beside the list %j', async (flags) => {
    const { code, out, err } = await runFake(['approvals', 'list', ...flags], {
      routes: {
        'GET /api/approvals': [],
        'GET /api/status': { stoppedLines: [{ account: 'local', since: 'T', why }] },
      },
    });
    expect({ code, out, err }).toEqual({ code: 0, out: flags.length === 0 ? 'No approvals.' : '', err: `${why}.` });
  });
});
