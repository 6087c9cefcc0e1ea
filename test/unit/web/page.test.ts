import { describe, expect, it } from 'vitest';
import { aChangeLine } from '../../builders/change-line.ts';
import { aChange } from '../../builders/change.ts';
import { aFinding } from '../../builders/finding.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { anAuditRow } from '../../builders/audit-row.ts';
import { aPlanBody } from '../../builders/plan.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { makeWorld } from '../../support/web/world.ts';

const HOSTILE = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>';

describe('the page', () => {
  it('shows findings, the pending approval with its command, changes, runs and decisions', async () => {
    const world = makeWorld();
    const { approval } = await world.addPending({ finding: { severity: 'critical', owner: 'payments' } });
    await world.stores.changes.putAll([aChange({ evidence: 'Two connections completed.' })]);
    await world.stores.audit.append(anAuditRow({ actor: 'alice@example.com', action: 'whitelist-approved' }));
    await world.stores.runs.create(aTaskRun({ name: 'full ports', complete: 1, incomplete: 1 }));
    const html = await (await world.send('GET', '/')).text();
    for (const part of [
      '<title>1 open - Portcullis</title>',
      'critical',
      '192.0.2.3:6379',
      `portcullis approvals approve ${approval.id}`,
      'Two connections completed.',
      'alice@example.com',
      'whitelist-approved',
      'full ports',
      '1 incomplete',
      'high-risk ports',
      '<meta http-equiv="refresh" content="5"',
      '<caption>',
    ]) {
      expect(html).toContain(part);
    }
  });

  it('says what to do when there is nothing to show', async () => {
    const html = await (await makeWorld().send('GET', '/')).text();
    expect(html).toContain('portcullis plan FINDING');
    expect(html).toContain('portcullis scan TARGETS');
    expect(html).toContain('no scan yet');
    expect(html.match(/class="empty"/g)).toHaveLength(5);
  });

  it('can be kept from refreshing', async () => {
    const html = await (await makeWorld().send('GET', '/?refresh=off')).text();
    expect(html).not.toContain('http-equiv="refresh"');
    expect(html).toContain('<a href="/">resume</a>');
  });

  it('names account and Region of what is in a cloud, beside the address and under the change', async () => {
    const world = makeWorld();
    const place = { account: '210987654321', region: 'eu-west-1' };
    await world.addPending({ finding: place, plan: { body: aPlanBody({ place }) } });
    const html = await (await world.send('GET', '/')).text();
    expect(html).toContain('<span class="muted small keep">210987654321/eu-west-1</span>');
    expect(html).toContain('in 210987654321/eu-west-1</div>');
    expect(await (await makeWorld().send('GET', '/')).text()).not.toContain('local/local');
  });

  it('says which accounts are not read and why, once for all Regions of one reason', async () => {
    const world = makeWorld();
    const since = '2026-03-01T08:58:00.000Z';
    const unread = (account: string, region: string, reason: string) => ({ account, region, since, reason });
    world.status.unread = [
      unread('333333333333', 'us-east-1', 'sts:AssumeRole was refused'),
      unread('333333333333', 'eu-west-1', 'sts:AssumeRole was refused'),
      unread('444444444444', 'eu-west-1', HOSTILE),
    ];
    const html = (await (await world.send('GET', '/')).text()).replaceAll(/\s+/g, ' ');
    expect(html).toMatch(
      /<strong>Account 333333333333 is not read<\/strong> in us-east-1, eu-west-1 \(first failed <time[^>]*>2m ago<\/time>\): sts:AssumeRole was refused/,
    );
    expect(html).toContain('Account 444444444444 is not read');
    expect(html).not.toContain(HOSTILE);
    world.status.unread = [];
    expect(await (await world.send('GET', '/')).text()).not.toContain('is not read');
  });

  it('says loudly that the kill switch is on, and why', async () => {
    const world = makeWorld();
    world.status.killSwitch = { on: true, reason: 'maintenance until noon' };
    const html = await (await world.send('GET', '/')).text();
    expect(html).toContain('The kill switch is on.');
    expect(html).toContain('maintenance until noon');
  });

  it('says which account makes no change any more, why, and how to go on', async () => {
    const world = makeWorld();
    await world.stores.lines.save(aChangeLine({ account: 'local' }));
    await world.stores.lines.save(aChangeLine({ account: '111122223333', stoppedAt: null }));
    const html = await (await world.send('GET', '/')).text();
    expect(html).toContain('Changes in account local are stopped since 2026-03-01T10:00:00.000Z');
    expect(html).toContain('portcullis resume local');
    expect(html).not.toContain('111122223333');
  });

  it('puts the gravest approval first, then the one that expires first', async () => {
    const world = makeWorld();
    for (const [n, severity, expiresAt] of [
      [1, 'low', '2026-03-01T10:00:00.000Z'],
      [2, 'critical', '2026-03-02T10:00:00.000Z'],
      [3, 'critical', '2026-03-01T11:00:00.000Z'],
    ] as const) {
      await world.addPending({
        plan: { id: `p-${n}`, body: aPlanBody({ findingId: `f-${n}`, port: n }) },
        approval: { id: `a-${n}`, expiresAt },
        finding: { port: n, severity },
      });
    }
    const html = await (await world.send('GET', '/')).text();
    const order = [...html.matchAll(/approvals approve (a-\d)/g)].map((match) => match[1]);
    expect(order).toEqual(['a-3', 'a-2', 'a-1']);
  });

  it('says which engines a run was scanned with, why not better ones, and what they may have missed', async () => {
    const world = makeWorld();
    const estimate = { loss: 0.02, missedOpen: 1.2, receiveDrops: 0, probes: 100 };
    const whyNotBetter = ['CAP_NET_RAW is missing'];
    await world.stores.runs.create(aTaskRun({ engines: { syn: 2, connect: 1 }, whyNotBetter, estimate }));
    const html = await (await world.send('GET', '/')).text();
    expect(html).toContain('connect, syn (may have missed openings)');
    expect(html).toContain('1.2 openings expected to be missed; no better one: CAP_NET_RAW is missing</span>');
    expect(html).toContain('<li>about 1.2 open ports are expected to have been missed');
  });

  it('says beside a run what it could not do and find out, the first three reasons of it', async () => {
    const world = makeWorld();
    const reasons = [3, 4, 5, 6].map((n) => `192.0.2.${n} was given up`);
    await world.stores.runs.create(aTaskRun({ incomplete: 1, unknown: 7, reasons }));
    const html = await (await world.send('GET', '/')).text();
    for (const said of ['the state of 7 ports is not known', '192.0.2.3 was given up', '192.0.2.5 was given up']) {
      expect(html).toContain(`<li>${said}</li>`);
    }
    expect(html).not.toContain('192.0.2.6 was given up');
    expect(html).toContain('<a href="/api/tasks">1 more</a>');
  });

  it('keeps a place for scans somebody asked for and runs that say something, however short the cadence', async () => {
    const world = makeWorld();
    const scope = { targets: '192.0.2.3', ports: '53', protocol: 'udp' as const };
    await world.stores.runs.create(aTaskRun({ id: 'r-1', name: 'scan now, UDP', scope }));
    await world.stores.runs.create(
      aTaskRun({ id: 'r-2', name: 'one with a reason', reasons: ['192.0.2.3 was given up'] }),
    );
    await world.stores.runs.create(aTaskRun({ id: 'r-3', name: 'the oldest quiet one' }));
    for (let i = 10; i < 40; i += 1)
      await world.stores.runs.create(aTaskRun({ id: `r-${i}`, startedAt: `2026-03-01T09:00:${i}.000Z` }));
    const html = await (await world.send('GET', '/')).text();
    const names = [
      ...html.matchAll(/data-label="Task" class="">\s*<div><span class="keep">([^<]+)<\/span><\/div>/g),
    ].map((match) => match[1]);
    expect(names.filter((name) => name === 'high-risk ports').length).toBeGreaterThanOrEqual(10);
    expect(names).toContain('scan now, UDP');
    expect(names).toContain('one with a reason');
    expect(names).not.toContain('the oldest quiet one');
  });

  it('names every port where the port would be, and no service of it', async () => {
    const world = makeWorld();
    const over = { port: 0, service: 'every port', severity: 'high' } as const;
    await world.stores.findings.save(aFinding({ version: 0, ...over }));
    const html = await (await world.send('GET', '/')).text();
    expect(html.match(/every port/g)).toHaveLength(1);
    expect(html).toContain('192.0.2.3 (every port)');
  });

  it('escapes everything that comes from outside', async () => {
    const world = makeWorld();
    await world.stores.findings.save(aFinding({ version: 0, service: HOSTILE, owner: HOSTILE }));
    await world.stores.changes.putAll([aChange({ evidence: HOSTILE })]);
    await world.stores.audit.append(anAuditRow({ actor: HOSTILE, action: HOSTILE, object: HOSTILE, detail: HOSTILE }));
    await world.stores.runs.create(aTaskRun({ name: HOSTILE, engines: { [HOSTILE]: 1 }, whyNotBetter: [HOSTILE] }));
    world.status.killSwitch = { on: true, reason: HOSTILE };
    const html = await (await world.send('GET', '/')).text();
    expect(html).not.toMatch(/<script|<img/i);
    expect(html.match(/&lt;script&gt;/g)?.length).toBe(12);
  });

  it('stays small with many findings and points to the rest', async () => {
    const { stores, send } = makeWorld();
    for (let i = 1; i <= 250; i += 1) {
      await stores.findings.save(aFinding({ version: 0, id: `f-${i}`, port: i, severity: 'low' }));
    }
    const html = await (await send('GET', '/')).text();
    expect(html).toContain('50 more');
    expect(html.match(/192\.0\.2\.3:/g)?.length).toBe(200);
  });
});

describe('/metrics and /healthz', () => {
  it('counts findings by status and severity, changes, runs, approvals, the kill switch and the process', async () => {
    const world = makeWorld();
    await world.addPending({ finding: { severity: 'critical' } });
    await world.stores.findings.save(aFinding({ version: 0, id: 'f-2', port: 23, severity: 'high', status: 'closed' }));
    const history = [22, 80].map((port) => ({ port, transitions: 3, changedAt: world.time.now, closedBy: null }));
    await world.stores.fingerprints.save(aFingerprint({ version: 0, open: '22,80', history }));
    await world.stores.runs.create(aTaskRun());
    world.status.killSwitch = { on: true, reason: null };
    const answer = await world.send('GET', '/metrics');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (await answer.text()).split('\n');
    for (const line of [
      'portcullis_findings{status="open",severity="critical"} 1',
      'portcullis_findings{status="closed",severity="high"} 1',
      'portcullis_findings{status="open",severity="low"} 0',
      'portcullis_changes_total 6',
      'portcullis_open_ports 2',
      'portcullis_approvals_pending 1',
      'portcullis_runs{state="unfinished"} 1',
      'portcullis_kill_switch 1',
      'process_cpu_seconds_total 1.5',
      'process_resident_memory_bytes 100000000',
    ]) {
      expect(lines).toContain(line);
    }
    for (const line of lines)
      expect(line).toMatch(/^$|^# (HELP|TYPE) \S+ .+|^[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? \d+(\.\d+)?$/);
  });

  it('has how long each step after a change takes, where somebody measures', async () => {
    const world = makeWorld();
    world.services.latencies = () => [{ leg: 'total', count: 3, sumMs: 4_500, p50Ms: 1_250, p95Ms: 2_000 }];
    const text = await (await world.send('GET', '/metrics')).text();
    expect(text).toContain(
      [
        '# TYPE portcullis_change_latency_seconds summary',
        'portcullis_change_latency_seconds{leg="total",quantile="0.5"} 1.25',
        'portcullis_change_latency_seconds{leg="total",quantile="0.95"} 2',
        'portcullis_change_latency_seconds_sum{leg="total"} 4.5',
        'portcullis_change_latency_seconds_count{leg="total"} 3',
        '',
      ].join('\n'),
    );
  });

  it('answers /healthz without touching a store', async () => {
    const world = makeWorld();
    world.services.status = () => Promise.reject(new Error('no store'));
    expect(await (await world.send('GET', '/healthz')).json()).toEqual({ ok: true });
  });
});
