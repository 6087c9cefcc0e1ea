import { describe, expect, it } from 'vitest';
import type { TaskRun } from '../../../core/planning/task-run.ts';
import { anApproval } from '../../builders/approval.ts';
import { aChange } from '../../builders/change.ts';
import { aFinding } from '../../builders/finding.ts';
import { aPlan } from '../../builders/plan.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';
import { Answer, runFake } from '../../support/cli/run-fake.ts';

const finding = aFinding();
const refused = new Answer(409, { error: { code: 'REFUSED', message: 'The kill switch is on.' } });

describe('lists', () => {
  it('findings are a table that fits 100 columns', async () => {
    const { code, out } = await runFake(['findings'], { routes: { 'GET /api/findings': [finding] } });
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'ID                  SEVERITY  WHERE           SERVICE  STATUS  OWNER     OPENED (UTC)',
        `${finding.id}  high      192.0.2.3:6379  redis    open    payments  ${finding.openedAt.slice(0, 10)} ${finding.openedAt.slice(11, 19)}`,
      ].join('\n'),
    );
  });

  it('findings in a cloud have a column for account and Region', async () => {
    const far = aFinding({ account: '210987654321', region: 'eu-west-1' });
    const { out } = await runFake(['findings'], { routes: { 'GET /api/findings': [finding, far] } });
    expect(out).toMatch(/WHERE +ACCOUNT\/REGION +SERVICE/);
    expect(out).toMatch(new RegExp(`^${far.id} .* 192\\.0\\.2\\.3:6379 +210987654321/eu-west-1 +redis`, 'm'));
  });

  it('pass their filters on, and only those that were given', async () => {
    const { requests } = await runFake('findings --status open --class high-risk-port --port 22'.split(' '), {
      routes: { 'GET /api/findings?status=open&class=high-risk-port&port=22': [] },
    });
    expect(requests.map((one) => one.path)).toEqual(['/api/findings?status=open&class=high-risk-port&port=22']);
  });

  it('with --json are one object a line, before or after the verb', async () => {
    const routes = { 'GET /api/findings': [finding, aFinding({ port: 22 })] };
    for (const args of [
      ['findings', '--json'],
      ['--json', 'findings'],
    ]) {
      const { out } = await runFake(args, { routes });
      expect(out.split('\n').map((line) => (JSON.parse(line) as { port: number }).port)).toEqual([6379, 22]);
    }
  });

  it('say in words that there is nothing, and print nothing with --json', async () => {
    const routes = { 'GET /api/findings': [] };
    expect((await runFake(['findings'], { routes })).out).toBe('No findings.');
    expect((await runFake(['findings', '--json'], { routes })).out).toBe('');
  });
});

describe('scan', () => {
  const run = aTaskRun({ id: 'r-1', shards: 2, complete: 2, incomplete: 0, addresses: 1, probes: 10 });
  const OPEN = [22, 6379].map((port) => ({ port, protocol: 'tcp', reason: 'connected', service: null }));
  const scanned = (over = {}) => ({
    run,
    done: true,
    addresses: [
      { address: '192.0.2.3', open: OPEN },
      { address: '192.0.2.4', open: [] },
    ],
    changes: [aChange()],
    findings: [finding],
    ...over,
  });
  const routes = (over = {}) => ({ 'POST /api/scans': run, 'GET /api/scans/r-1': scanned(over) });

  it('asks for what was written and prints one line per address with --json', async () => {
    const { code, out, requests } = await runFake(
      'scan 192.0.2.3,192.0.2.4 --ports 22,1-5 --rate 9 --engine nmap --json'.split(' '),
      {
        routes: routes(),
      },
    );
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
      { address: '192.0.2.3', open: OPEN },
      { address: '192.0.2.4', open: [] },
    ]);
    expect(requests[0]?.body).toEqual({
      targets: ['192.0.2.3', '192.0.2.4'],
      ports: '1-5,22',
      rate: 9,
      engine: 'nmap',
      yesLarge: false,
    });
  });

  it('prints what is open, what changed and what needs a person, and its progress on stderr', async () => {
    const { out, err } = await runFake(['scan', '192.0.2.3'], { routes: routes() });
    expect(out).toMatch(/^ADDRESS {4}OPEN\n192\.0\.2\.3 {2}22,6379\n\nWhat changed\n[^]*\nWhat needs a person\n[^]*f-/);
    expect(out).not.toContain('192.0.2.4');
    expect(err).toBe('scanning 1 address, 10 probes (r-1)');
  });

  it('says on stderr how it was scanned, and warns of what it is blind to', async () => {
    const estimate = { loss: 0.0034, missedOpen: 0.02, receiveDrops: 0, probes: 1_000 };
    const said = async (over: Partial<TaskRun>): Promise<string[]> =>
      (await runFake(['scan', '192.0.2.3'], { routes: routes({ run: { ...run, ...over } }) })).err.split('\n').slice(1);
    expect(await said({ engines: { syn: 2 }, estimate })).toEqual([
      'engine syn; 0.3 % of answers lost, 0.0 openings expected to be missed',
    ]);
    expect(await said({ engines: { connect: 2 }, whyNotBetter: ['CAP_NET_RAW is missing'] })).toEqual([
      'engine connect; no better one: CAP_NET_RAW is missing',
    ]);
    const blind = { ...estimate, missedOpen: 0.5, receiveDrops: 7 };
    expect(await said({ engines: { syn: 1, connect: 2 }, estimate: blind })).toEqual([
      'engines connect (2 shards), syn (1 shard); 0.3 % of answers lost, 0.5 openings expected to be missed',
      'warning: about 0.5 open ports are expected to have been missed: scan again at a lower rate',
      "warning: 7 answers reached the scanner's machine and were lost there: silence proves less; lower the rate",
    ]);
  });

  it.each([
    ['critical', 0],
    ['high', 3],
    ['low', 3],
  ])('with --fail-on %s and an open finding of severity high ends with %d', async (severity, code) => {
    expect((await runFake(['scan', '192.0.2.3', '--fail-on', severity], { routes: routes() })).code).toBe(code);
  });

  it('with --fail-on does not count findings that are whitelisted or closed', async () => {
    const findings = [aFinding({ status: 'whitelisted' }), aFinding({ status: 'closed', port: 22 })];
    const options = { routes: routes({ findings }) };
    expect((await runFake(['scan', '192.0.2.3', '--fail-on', 'info'], options)).code).toBe(0);
  });

  it('ends with 1 and says why when a part could not be scanned', async () => {
    const partial = { ...run, complete: 1, incomplete: 1, reasons: ['event-loop-lag'] };
    const { code, err } = await runFake(['scan', '192.0.2.3'], { routes: routes({ run: partial }) });
    expect(code).toBe(1);
    expect(err).toContain('1 of 2 shards could not be scanned in full: event-loop-lag');
  });

  it('waits until it is done', async () => {
    const waiting = scanned({ done: false, run: { ...run, complete: 1 } });
    const { code, err } = await runFake(['scan', '192.0.2.3'], {
      routes: { 'POST /api/scans': run, 'GET /api/scans/r-1': (times: number) => (times < 2 ? waiting : scanned()) },
    });
    expect(code).toBe(0);
    expect(err).toContain('1 of 2 shards done');
  });

  it('allows a large target with --yes-large', async () => {
    const { code, requests } = await runFake(['scan', '10.0.0.0/12', '--yes-large'], { routes: routes() });
    expect(code).toBe(0);
    expect(requests[0]?.body).toEqual({ targets: ['10.0.0.0/12'], yesLarge: true });
  });
});

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

describe('whitelist add', () => {
  it('asks for the canonical network and ports, with an end', async () => {
    const entry = aWhitelistEntry();
    const args = [
      'whitelist',
      'add',
      '192.0.2.0/28',
      '--ports',
      '443,80',
      '--reason',
      'shop',
      '--expires',
      '2999-12-31',
    ];
    const { code, requests } = await runFake(args, { routes: { 'POST /api/whitelist': entry } });
    expect(code).toBe(0);
    expect(requests[0]?.body).toEqual({
      target: '192.0.2.0/28',
      ports: '80,443',
      protocol: 'tcp',
      widestSource: 'internet',
      reason: 'shop',
      owner: null,
      expiresAt: '2999-12-31T23:59:59.999Z',
      by: 'ada',
    });
  });
});

describe('import and export', () => {
  it('import sends the text of stdin', async () => {
    const { out, requests } = await runFake(['import', '-'], {
      stdin: '192.0.2.3:22,80\n',
      routes: { 'POST /api/import': { addresses: 1, ports: 2 } },
    });
    expect(out).toBe('Imported 2 ports of 1 address.');
    expect(requests[0]?.body).toEqual({ format: 'ports', text: '192.0.2.3:22,80\n' });
  });

  it('export writes CSV as the API made it', async () => {
    const csv = 'id,address\r\nf-1,192.0.2.3\r\n';
    const { out } = await runFake(['export', '--format', 'csv'], { routes: { 'GET /api/export?format=csv': csv } });
    expect(out).toBe(csv);
  });

  it.each(['ocsf', 'asff'])(
    'export writes %s as one array, and as a line for each finding with --json',
    async (format) => {
      const documents = [{ Id: 'f-1' }, { Id: 'f-2' }];
      const options = { lock: null, routes: { [`GET /api/export?format=${format}`]: documents } };
      const whole = await runFake(['export', '--format', format], options);
      expect(JSON.parse(whole.out)).toEqual(documents);
      expect({ opened: whole.opened, closed: whole.closed }).toEqual({ opened: 1, closed: 1 });
      const lines = await runFake(['export', '--format', format, '--json'], options);
      expect(lines.out).toBe('{"Id":"f-1"}\n{"Id":"f-2"}');
    },
  );
});

describe('what goes wrong', () => {
  it.each([
    ['approve', 'To do it, until'],
    ['observe', 'mode observe changes nothing: start portcullis with --mode approve'],
  ])('plan in mode %s says: %s', async (mode, said) => {
    const { code, out } = await runFake(['plan', 'f-1'], {
      routes: {
        'POST /api/findings/f-1/plan': { plan: aPlan(), approval: anApproval({ state: 'pending' }) },
        'GET /api/status': { mode },
      },
    });
    expect(code).toBe(0);
    expect(out).toContain(said);
  });

  it('a refusal is one line on stderr and ends with 1', async () => {
    const { code, out, err } = await runFake(['plan', 'f-1'], { routes: { 'POST /api/findings/f-1/plan': refused } });
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: 'portcullis: The kill switch is on.' });
  });

  it('bad input that only the API can judge ends with 2', async () => {
    const bad = new Answer(400, { error: { code: 'BAD_INPUT', message: 'The host name "x" does not resolve.' } });
    const { code, err } = await runFake(['scan', 'x'], { routes: { 'POST /api/scans': bad } });
    expect({ code, err }).toEqual({ code: 2, err: 'portcullis: The host name "x" does not resolve.' });
  });

  it('an answer that is no API answer is shown, cut', async () => {
    const { code, err } = await runFake(['assets'], {
      routes: { 'GET /api/assets': new Answer(502, 'x'.repeat(900)) },
    });
    expect(code).toBe(1);
    expect(err).toMatch(/^portcullis: GET \/api\/assets was answered with 502: x{200}$/);
  });

  it('a server that does not answer is named', async () => {
    const { code, err } = await runFake(['assets']);
    expect(code).toBe(1);
    expect(err).toContain('portcullis does not answer at http://127.0.0.1:8460');
  });

  it('a server that is still starting is named', async () => {
    const { code, err } = await runFake(['assets', '--data', '/d'], { lock: { pid: 7, url: null } });
    expect({ code, err }).toEqual({
      code: 1,
      err: 'portcullis: portcullis (pid 7) is starting or at work on /d, and cannot be asked: try again in a moment',
    });
  });

  it('a data directory that was opened is closed even when the verb fails', async () => {
    const { code, opened, closed } = await runFake(['plan', 'f-1'], {
      lock: null,
      routes: { 'POST /api/findings/f-1/plan': refused },
    });
    expect({ code, opened, closed }).toEqual({ code: 1, opened: 1, closed: 1 });
  });
});
