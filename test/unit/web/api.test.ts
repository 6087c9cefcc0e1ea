import { describe, expect, it } from 'vitest';
import { Finding } from '../../../core/findings/finding.ts';
import { aChangeLine } from '../../builders/change-line.ts';
import { aChange } from '../../builders/change.ts';
import { aFinding } from '../../builders/finding.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { anAsset } from '../../builders/asset.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { API_TOKEN, makeWorld } from '../../support/web/world.ts';
import type { StatusJson } from '../../../web/shapes.ts';

async function withFindings() {
  const world = makeWorld();
  const rows: Partial<Finding>[] = [
    { id: 'f-1', address: '192.0.2.10', port: 8080, severity: 'low', class: 'risk-port', status: 'open', owner: 'web' },
    { id: 'f-2', address: '192.0.2.9', port: 6379, severity: 'critical', class: 'high-risk-port', status: 'open' },
    { id: 'f-3', address: '192.0.2.9', port: 23, severity: 'high', class: 'high-risk-port', status: 'closed' },
    { id: 'f-4', address: '2001:db8::10', port: 23, severity: 'high', class: 'high-risk-port', status: 'open' },
  ];
  for (const row of rows) await world.stores.findings.save(aFinding({ version: 0, ...row }));
  return world;
}

const idsOf = async (answer: Response) => ((await answer.json()) as { id: string }[]).map(({ id }) => id);

describe('GET /api/findings', () => {
  it.each([
    ['', ['f-2', 'f-3', 'f-4', 'f-1']],
    ['?status=open', ['f-2', 'f-4', 'f-1']],
    ['?class=risk-port', ['f-1']],
    ['?severity=high', ['f-2', 'f-3', 'f-4']],
    ['?address=192.0.2.9', ['f-2', 'f-3']],
    ['?address=2001:DB8:0::10', ['f-4']],
    ['?port=23&status=open', ['f-4']],
    ['?owner=web', ['f-1']],
    ['?owner=nobody', []],
  ])('%s answers gravest first, then by address and port', async (query, ids) => {
    const { send } = await withFindings();
    expect(await idsOf(await send('GET', `/api/findings${query}`))).toEqual(ids);
  });

  it.each([
    ['?status=opened', ['status', '"opened"', 'open']],
    ['?port=70000', ['port', '70000', '65535']],
    ['?port=0', ['port', '"0"', '1']],
    ['?port=ssh', ['port', '"ssh"', '1 to 65535']],
    ['?severity=huge', ['severity', 'huge', 'critical']],
    ['?address=192.0.2.300', ['192.0.2.300', 'IP address']],
    ['?stauts=open', ['stauts']],
  ])('%s is refused with the value and what is allowed', async (query, parts) => {
    const { send } = await withFindings();
    const answer = await send('GET', `/api/findings${query}`);
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('BAD_INPUT');
    for (const part of parts) expect(error.message).toContain(part);
  });

  it('gives a finding with every key that users rely on', async () => {
    const { send } = await withFindings();
    const finding = (await (await send('GET', '/api/findings/f-2')).json()) as Record<string, unknown>;
    const keys =
      'id address protocol port class severity verdict status service owner admittedBy whitelistedBy openedAt observedAt alertedAt approvedAt changedAt verifiedAt closedAt';
    for (const key of keys.split(' ')) expect(finding).toHaveProperty(key);
    expect(Finding.parse(finding).id).toBe('f-2');
  });

  it('names a finding that is not there', async () => {
    const answer = await makeWorld().send('GET', '/api/findings/f-none');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ error: { code: 'NOT_FOUND', message: 'There is no finding f-none.' } });
  });
});

describe('the other lists', () => {
  it('GET /api/changes filters and limits, newest first', async () => {
    const { stores, send } = makeWorld();
    await stores.changes.putAll([
      aChange({ id: 'c-1', kind: 'opened', at: '2026-03-01T08:00:00.000Z' }),
      aChange({ id: 'c-2', kind: 'closed', at: '2026-03-01T08:30:00.000Z' }),
      aChange({ id: 'c-3', kind: 'opened', at: '2026-03-01T08:40:00.000Z', address: '192.0.2.9' }),
    ]);
    expect(await idsOf(await send('GET', '/api/changes'))).toEqual(['c-3', 'c-2', 'c-1']);
    expect(await idsOf(await send('GET', '/api/changes?kind=opened&limit=1'))).toEqual(['c-3']);
    expect(await idsOf(await send('GET', '/api/changes?since=2026-03-01T08:30:00.000Z'))).not.toContain('c-1');
    expect(await idsOf(await send('GET', '/api/changes?address=192.0.2.9'))).toEqual(['c-3']);
    expect((await send('GET', '/api/changes?limit=0')).status).toBe(400);
    expect((await send('GET', '/api/changes?since=yesterday')).status).toBe(400);
  });

  it('GET /api/status counts what is open, pending and watched', async () => {
    const world = await withFindings();
    await world.addPending({ finding: { id: 'f-0000000000000001', severity: 'high' } });
    await world.stores.fingerprints.save(
      aFingerprint({ version: 0, open: '22,80-82', updatedAt: '2026-03-01T08:59:00.000Z' }),
    );
    await world.stores.assets.putAll([anAsset()]);
    await world.stores.runs.create(aTaskRun());
    const status = (await (await world.send('GET', '/api/status')).json()) as Record<string, unknown>;
    expect(status).toMatchObject({
      pid: 4711,
      mode: 'approve',
      targets: ['192.0.2.0/28'],
      killSwitch: { on: false, reason: null },
      dataAsOf: '2026-03-01T08:59:00.000Z',
      counts: {
        assets: 1,
        openPorts: 4,
        openFindings: 4,
        bySeverity: { info: 0, low: 1, medium: 0, high: 2, critical: 1 },
        whitelisted: 0,
        pendingApprovals: 1,
        unfinishedRuns: 1,
      },
    });
  });

  it('GET /api/approvals carries the plan, and says expired as soon as it is', async () => {
    const world = makeWorld();
    const { approval, plan } = await world.addPending();
    const one = async () =>
      (await (await world.send('GET', `/api/approvals/${approval.id}`)).json()) as Record<string, unknown>;
    expect(await one()).toMatchObject({
      id: approval.id,
      findingId: plan.body.findingId,
      state: 'pending',
      planId: plan.id,
      planHash: plan.hash,
      plan: { id: plan.id, body: { port: 6379 } },
      expiresAt: '2026-03-02T09:00:00.000Z',
      decidedBy: null,
      decidedAt: null,
    });
    world.time.now = '2026-03-02T09:00:00.000Z';
    expect(await one()).toMatchObject({ state: 'expired' });
    const [listed] = (await (await world.send('GET', '/api/approvals')).json()) as { state: string }[];
    expect(listed?.state).toBe('expired');
  });

  it.each(['/api/fingerprints', '/api/assets', '/api/audit', '/api/whitelist', '/api/plans', '/api/changes'])(
    'GET %s is an empty list before anything happened',
    async (path) => {
      expect(await (await makeWorld().send('GET', path)).json()).toEqual([]);
    },
  );

  it('GET /api/tasks gives the catalogue and the runs', async () => {
    const { stores, send } = makeWorld();
    await stores.runs.create(aTaskRun({ id: 'r-1' }));
    expect(await (await send('GET', '/api/tasks')).json()).toMatchObject({
      catalogue: [{ id: '2', name: 'high-risk ports' }],
      runs: [{ id: 'r-1' }],
    });
  });

  it('GET /api/explain passes the canonical address and the port', async () => {
    const { send, calls } = makeWorld();
    expect((await send('GET', '/api/explain?address=2001:DB8::0:10&port=22')).status).toBe(200);
    expect((await send('GET', '/api/explain?address=192.0.2.3')).status).toBe(200);
    expect(calls.map(({ args }) => args)).toEqual([
      ['2001:db8::10', 22],
      ['192.0.2.3', null],
    ]);
    expect((await send('GET', '/api/explain')).status).toBe(400);
  });
});

describe('GET /api/export', () => {
  it('gives every finding as JSON or CSV', async () => {
    const { send } = await withFindings();
    expect(await idsOf(await send('GET', '/api/export'))).toEqual(['f-2', 'f-3', 'f-4', 'f-1']);
    const csv = await send('GET', '/api/export?format=csv');
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const lines = (await csv.text()).split('\r\n');
    expect(lines[0]).toBe(
      'id,address,protocol,port,class,severity,verdict,status,service,owner,admittedBy,whitelistedBy,openedAt,observedAt,alertedAt,approvedAt,changedAt,verifiedAt,closedAt',
    );
    expect(lines).toHaveLength(6);
    expect((await send('GET', '/api/export?format=xml')).status).toBe(400);
  });

  it('quotes what needs it and keeps a spreadsheet from running a cell', async () => {
    const { stores, send } = makeWorld();
    await stores.findings.save(
      aFinding({ version: 0, service: '=HYPERLINK("http://evil.example")', owner: 'a, "b"\nc' }),
    );
    const csv = await (await send('GET', '/api/export?format=csv')).text();
    expect(csv).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
    expect(csv).toContain('"a, ""b""\nc"');
  });
});

describe('actions', () => {
  it('POST /api/scans starts a run', async () => {
    const { api, calls } = makeWorld();
    const answer = await api('POST', '/api/scans', {
      targets: ['192.0.2.3'],
      ports: '22,80',
      rate: 100,
      engine: 'nmap',
      yesLarge: true,
    });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ taskId: 'scan' });
    const asked = { targets: ['192.0.2.3'], ports: '22,80', rate: 100, engine: 'nmap', yesLarge: true };
    expect(calls[0]?.args).toEqual([asked]);
  });

  it('POST /api/scans/ID/stop ends a run, in the name of who asks, and says what is not there', async () => {
    const { api, stores, calls } = makeWorld();
    await stores.runs.create(aTaskRun({ id: 'r-1', taskId: 'scan' }));
    const answer = await api('POST', '/api/scans/r-1/stop', { by: 'ana' });
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { id: 'r-1', stopped: expect.stringContaining('ana') },
    ]);
    expect((await api('POST', '/api/scans/r-2/stop', { by: 'ana' })).status).toBe(404);
    expect(calls.map(({ name, args }) => [name, args[0]])).toEqual([
      ['stopScan', 'r-1'],
      ['stopScan', 'r-2'],
    ]);
  });

  it.each([
    [{}, ['targets']],
    [{ targets: [] }, ['targets']],
    [{ targets: ['192.0.2.3'], rate: 0 }, ['rate', '0']],
    [{ targets: ['192.0.2.3'], engine: 'fast' }, ['engine', 'connect', 'syn', 'masscan', 'nmap']],
    [{ targets: ['192.0.2.300'] }, ['192.0.2.300', 'IP address']],
  ])('POST /api/scans refuses %j', async (body, parts) => {
    const answer = await makeWorld().api('POST', '/api/scans', body);
    expect(answer.status).toBe(400);
    const text = await answer.text();
    for (const part of parts) expect(text).toContain(part);
  });

  it('a body that is not JSON, or does not say so, is bad input', async () => {
    const { send } = makeWorld();
    const authorization = `Bearer ${API_TOKEN}`;
    for (const [type, status] of [
      ['application/json', 400],
      ['text/plain', 415],
      ['application/x-www-form-urlencoded', 415],
    ] as const) {
      const answer = await send('POST', '/api/scans', {
        headers: { authorization, 'content-type': type },
        body: '{"targets":',
      });
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ error: { code: 'BAD_INPUT' } });
    }
  });

  it('approves by id with who and why, tells the second caller the first decision', async () => {
    const world = makeWorld();
    const { approval } = await world.addPending();
    const first = await world.api('POST', `/api/approvals/${approval.id}/approve`, {
      by: 'alice',
      reason: 'ticket 12',
    });
    expect(first.status).toBe(200);
    expect(await first.json()).toMatchObject({
      kind: 'decided',
      approval: { state: 'approved', decidedBy: 'alice', plan: { id: approval.planId } },
    });
    const second = await world.api('POST', `/api/approvals/${approval.id}/deny`);
    expect(second.status).toBe(200);
    expect(await second.json()).toMatchObject({ kind: 'already', approval: { state: 'approved', decidedBy: 'alice' } });
    expect(world.requests).toHaveLength(1);
  });

  it('says that an approval has expired with 409', async () => {
    const world = makeWorld();
    const { approval } = await world.addPending();
    world.time.now = '2026-03-03T00:00:00.000Z';
    const answer = await world.api('POST', `/api/approvals/${approval.id}/approve`);
    expect(answer.status).toBe(409);
    expect(await answer.json()).toEqual({
      error: {
        code: 'REFUSED',
        message: `Approval ${approval.id} expired at 2026-03-02T09:00:00.000Z: ask for a new one with portcullis plan ${approval.findingId}.`,
      },
    });
  });

  it('refuses to approve in mode observe with 409', async () => {
    const world = makeWorld({ mode: 'observe' });
    const { approval } = await world.addPending();
    const answer = await world.api('POST', `/api/approvals/${approval.id}/approve`);
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('mode observe');
  });

  it('records a request for an exception with its defaults', async () => {
    const { api } = makeWorld();
    const request = { target: '192.0.2.3', ports: '443', reason: 'public site', expiresAt: '2026-06-01T00:00:00.000Z' };
    const answer = await api('POST', '/api/whitelist', request);
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ protocol: 'tcp', widestSource: 'internet', requestedBy: 'api' });
    expect((await api('POST', '/api/whitelist', { ...request, expiresAt: 'tomorrow' })).status).toBe(400);
    expect((await api('POST', '/api/whitelist/w-1/approve', { by: 'bob' })).status).toBe(404);
  });

  it('passes who asked to plan and rollback, and whether rules for every protocol may be split', async () => {
    const { api, calls } = makeWorld();
    expect((await api('POST', '/api/findings/f-1/plan', { by: 'alice' })).status).toBe(200);
    expect((await api('POST', '/api/findings/f-2/plan', { by: 'alice', allProtocols: true })).status).toBe(200);
    expect((await api('POST', '/api/findings/f-3/plan', { by: 'alice', allProtocols: 'yes' })).status).toBe(400);
    expect((await api('POST', '/api/plans/p-1/rollback')).status).toBe(202);
    expect(calls).toEqual([
      { name: 'propose', args: ['f-1', 'alice', { allProtocols: false }] },
      { name: 'propose', args: ['f-2', 'alice', { allProtocols: true }] },
      { name: 'rollback', args: ['p-1', 'api'] },
    ]);
  });

  it('resumes a stopped line, once, and says until then that it is stopped', async () => {
    const { api, send, stores } = makeWorld();
    const stopped = async () => ((await (await send('GET', '/api/status')).json()) as StatusJson).stoppedLines;
    expect(await stopped()).toEqual([]);
    await stores.lines.save(aChangeLine({ account: 'local' }));
    expect(await stopped()).toMatchObject([{ account: 'local', since: '2026-03-01T10:00:00.000Z' }]);
    const answer = await api('POST', '/api/changes/resume', { account: 'local', by: 'alice', reason: 'mended' });
    expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 200, body: { account: 'local' } });
    expect(await stopped()).toEqual([]);
    expect(await stores.audit.list({ limit: 5 })).toMatchObject([{ action: 'line-resumed', actor: 'alice' }]);
    expect((await api('POST', '/api/changes/resume', { account: 'local' })).status).toBe(409);
    expect((await api('POST', '/api/changes/resume', { account: '111122223333' })).status).toBe(404);
    expect((await api('POST', '/api/changes/resume', {})).status).toBe(400);
  });

  it('imports only the format it knows', async () => {
    const { api } = makeWorld();
    expect(await (await api('POST', '/api/import', { format: 'ports', text: '192.0.2.3:22,80' })).json()).toEqual({
      addresses: 1,
      ports: 2,
    });
    expect((await api('POST', '/api/import', { format: 'nmap', text: 'x' })).status).toBe(400);
  });

  it('takes what another scanner saw: canonical addresses and ports, or it says what is wrong', async () => {
    const world = makeWorld();
    const none = { connected: '', synAck: '', closed: '', silent: '', startedAt: null, finishedAt: null };
    const post = (scanner: string, over: object) =>
      world.api('POST', '/api/import/scan', { scanner, addresses: [{ address: '192.0.2.3', ...none, ...over }] });
    const taken = await post('nmap 7.93', { address: '2001:DB8:0::1', synAck: '80,22,22' });
    expect([taken.status, await taken.json()]).toEqual([200, { addresses: 1, ports: 2, notOpen: 3, refused: [] }]);
    expect(world.calls).toEqual([
      { name: 'importScan', args: ['nmap 7.93', [{ ...none, address: '2001:db8::1', synAck: '22,80' }]] },
    ]);
    for (const [scanner, over] of [
      ['<script>', {}],
      ['nmap', { address: 'x' }],
      ['nmap', { closed: '70000' }],
      ['nmap', { startedAt: 'yesterday' }],
    ] as const)
      expect((await post(scanner, over)).status).toBe(400);
    expect(world.calls).toHaveLength(1);
  });
});
