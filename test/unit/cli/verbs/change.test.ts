import { describe, expect, it } from 'vitest';
import { anApproval } from '../../../builders/approval.ts';
import { aPlan } from '../../../builders/plan.ts';
import { Answer, runFake } from '../../../support/cli/run-fake.ts';

describe('resume', () => {
  it('asks as the operator, and says what is so then', async () => {
    const { code, out, requests } = await runFake(['resume', 'local', '--reason', 'mended'], {
      routes: { 'POST /api/changes/resume': { account: 'local' } },
    });
    expect({ code, out }).toEqual({ code: 0, out: 'Changes in account local are made again.' });
    expect(requests[0]).toMatchObject({ body: { account: 'local', by: 'ada', reason: 'mended' } });
  });

  it('fails with what the API refused', async () => {
    const message = 'Changes in account local are not stopped: there is nothing to resume.';
    const { code, err } = await runFake(['resume', 'local'], {
      routes: { 'POST /api/changes/resume': new Answer(409, { error: { code: 'REFUSED', message } }) },
    });
    expect({ code, err }).toEqual({ code: 1, err: `portcullis: ${message}` });
  });
});

describe('remediate and rollback', () => {
  const plan = aPlan({ id: 'p-1' });
  const where = `${plan.body.address}:${plan.body.port}`;
  const approval = { ...anApproval({ id: 'a-1' }), plan };
  const routes = (states: readonly string[], kind: 'decided' | 'already' = 'decided') => ({
    'POST /api/findings/f-1/plan': { plan, approval },
    'POST /api/approvals/a-1/approve': {
      kind,
      approval: { ...approval, state: kind === 'decided' ? 'approved' : 'denied' },
    },
    'POST /api/plans/p-1/rollback': plan,
    'GET /api/plans/p-1': (times: number) => ({ ...plan, state: states[Math.min(times, states.length - 1)] }),
  });

  it('goes on with --yes until the closure is verified', async () => {
    const { code, out, err, requests } = await runFake(['remediate', 'f-1', '--yes'], {
      routes: routes(['applying', 'applied', 'verified']),
    });
    expect(code).toBe(0);
    expect(out).toBe(`${where} is closed, and its neighbours are open. To undo: portcullis rollback p-1`);
    expect(err).toMatch(/Plan p-1[^]*applying\napplied\nverified$/);
    expect(requests.map((one) => one.method)).toEqual(['POST', 'POST', 'GET', 'GET', 'GET']);
  });

  it.each([
    [['remediate', 'f-1', '--yes'], false],
    [['remediate', 'f-1', '--yes', '--all-protocols'], true],
    [['plan', 'f-1', '--all-protocols'], true],
  ])('%s asks for a plan that may split rules for every protocol: %s', async (args, allProtocols) => {
    const { requests } = await runFake(args, {
      routes: { ...routes(['verified']), 'GET /api/status': { mode: 'approve' } },
    });
    expect(requests[0]).toMatchObject({ path: '/api/findings/f-1/plan', body: { allProtocols } });
  });

  it('changes nothing when the typed answer is another one', async () => {
    const { code, err, requests } = await runFake(['remediate', 'f-1'], {
      interactive: true,
      answer: 'yes',
      routes: routes(['verified']),
    });
    expect(code).toBe(1);
    expect(err).toContain('Nothing was changed');
    expect(requests.map((one) => one.path)).toEqual(['/api/findings/f-1/plan']);
  });

  it('goes on when the address and port were typed', async () => {
    const options = { interactive: true, answer: where, routes: routes(['verified']) };
    expect((await runFake(['remediate', 'f-1'], options)).code).toBe(0);
  });

  it.each(['refused', 'failed', 'rolled-back'])('ends with 1 when the plan ends as %s', async (state) => {
    const { code, out } = await runFake(['remediate', 'f-1', '--yes'], { routes: routes([state]) });
    expect(code).toBe(1);
    expect(out).not.toContain('is closed');
  });

  it('stops when somebody denied it before', async () => {
    const { code, err } = await runFake(['remediate', 'f-1', '--yes'], { routes: routes(['verified'], 'already') });
    expect(code).toBe(1);
    expect(err).toContain('Approval a-1 was denied by');
  });

  it('prints the commands when a person must run them', async () => {
    const { code, err } = await runFake(['remediate', 'f-1', '--yes'], { routes: routes(['manual', 'verified']) });
    expect(code).toBe(0);
    for (const command of plan.body.commands) expect(err).toContain(`\n  ${command}`);
  });

  it('says that the change waits for its turn', async () => {
    const note = 'account local has had its 10 changes of this hour';
    const answers = [plan, { ...plan, note }, { ...plan, note }, { ...plan, state: 'verified' }];
    const { err } = await runFake(['remediate', 'f-1', '--yes'], {
      routes: { ...routes([]), 'GET /api/plans/p-1': (times: number) => answers[times] },
    });
    expect(err.split('\n').filter((line) => line.startsWith('proposed'))).toEqual(['proposed', `proposed: ${note}`]);
  });

  it('rollback waits until the port is back', async () => {
    const { code, out } = await runFake(['rollback', 'p-1'], { routes: routes(['rolling-back', 'rolled-back']) });
    expect({ code, out }).toEqual({ code: 0, out: `${where} is as it was before.` });
  });
});
