import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { aChange } from '../builders/change.ts';
import { aFinding } from '../builders/finding.ts';
import { aPlanBody } from '../builders/plan.ts';
import { aTaskRun } from '../builders/task-run.ts';
import { describeWith } from '../support/need.ts';
import { makeWorld } from '../support/web/world.ts';
import type { World } from '../support/web/world.ts';

const OUT = fileURLToPath(new URL('../out/', import.meta.url));
const ARGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

describeWith(['chromium'], 'in a browser without JavaScript', () => {
  let browser: Browser;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    mkdirSync(OUT, { recursive: true });
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS.split(' ') });
  }, 60_000);
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(() => browser.close());

  async function listen(world: World): Promise<string> {
    const server = serve({ fetch: world.app.fetch, hostname: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    world.port.listening = (server.address() as AddressInfo).port;
    closing.push(() => new Promise((resolve) => server.close(() => resolve())));
    return `http://127.0.0.1:${world.port.listening}`;
  }

  /** A page, and everything its console says: a style refused by the Content-Security-Policy is said there. */
  async function open(options: { width?: number; dark?: boolean } = {}): Promise<{ page: Page; said: string[] }> {
    const context: BrowserContext = await browser.newContext({
      javaScriptEnabled: false,
      colorScheme: options.dark === true ? 'dark' : 'light',
      viewport: { width: options.width ?? 1366, height: 900 },
    });
    closing.push(() => context.close());
    const page = await context.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    return { page, said };
  }

  it.each([
    ['light', 1366],
    ['dark', 1366],
    ['light', 390],
    ['dark', 390],
  ] as const)('the page fits (%s, %i px), styled by its own policy', async (scheme, width) => {
    const world = makeWorld();
    await fill(world);
    const base = await listen(world);
    const { page, said } = await open({ width, dark: scheme === 'dark' });
    await page.goto(`${base}/?refresh=off`);
    await page.screenshot({ path: `${OUT}page-${scheme}-${width}.png`, fullPage: true });
    expect(said).toEqual([]);
    const body = await page.locator('main').boundingBox();
    expect(body!.width).toBeLessThanOrEqual(width);
    for (const table of await page.locator('table').all()) {
      const box = (await table.boundingBox())!;
      expect(box.x + box.width).toBeLessThanOrEqual(width);
    }
    expect(await page.getByText('192.0.2.3:6379').count()).toBeGreaterThanOrEqual(3);
  });

  it.each([1280, 390])(
    'what the engines say fits at %i px, and how a run was scanned opens by keyboard',
    async (width) => {
      const world = makeWorld();
      const token = await fillEngines(world);
      const base = await listen(world);
      const { page, said } = await open({ width });
      await page.goto(`${base}/?refresh=off`);
      const how = page.getByText('no better one: CAP_NET_RAW is missing');
      expect(await how.isVisible()).toBe(false);
      await page.locator('summary', { hasText: 'liveness, syn' }).focus();
      await page.keyboard.press('Enter');
      await how.waitFor();
      await page.getByText('about 3.4 open ports are expected to have been missed').waitFor();
      await page.getByText('the state of 12 ports is not known').waitFor();
      expect(await page.getByText('192.0.2.66 (every port)').count()).toBe(2);
      await page.screenshot({ path: `${OUT}engines-${width}.png`, fullPage: true });

      await page.goto(`${base}/approvals/${token}`);
      await page.getByRole('heading', { name: 'Close UDP port 161 of 192.0.2.3?' }).waitFor();
      await page.screenshot({ path: `${OUT}approval-udp-${width}.png`, fullPage: true });
      for (const box of await page.locator('.card').all())
        expect((await box.boundingBox())!.x + (await box.boundingBox())!.width).toBeLessThanOrEqual(width);
      expect(said).toEqual([]);
    },
  );

  it('the page brings itself up to date', async () => {
    const world = makeWorld();
    const base = await listen(world);
    const { page } = await open();
    await page.goto(base);
    await page.getByText('no scan yet').waitFor();
    await fill(world);
    await page.getByText('192.0.2.3:6379').first().waitFor({ timeout: 20_000 });
    expect(await page.title()).toBe('2 open - Portcullis');
  });

  it('looking at a link changes nothing; the button decides; the second click is told', async () => {
    const world = makeWorld();
    const { token } = await fill(world);
    const base = await listen(world);
    const before = await world.snapshot();
    const { page, said } = await open();
    await page.goto(`${base}/approvals/${token}`);
    await page.screenshot({ path: `${OUT}approval-light-1366.png`, fullPage: true });
    await page.reload();
    expect(await world.snapshot()).toBe(before);

    const { page: second } = await open({ width: 390, dark: true });
    await second.goto(`${base}/approvals/${token}`);
    await second.screenshot({ path: `${OUT}approval-dark-390.png`, fullPage: true });

    await page.getByLabel('Reason').fill('reviewed with payments');
    await page.getByRole('button', { name: 'Approve: close this port' }).click();
    await page.getByRole('heading', { name: 'Approved', exact: true }).waitFor();
    await page.waitForLoadState('load');
    await page.screenshot({ path: `${OUT}approved.png` });
    expect(world.requests).toHaveLength(1);
    expect((await world.stores.audit.list({ limit: 1 }))[0]?.detail).toContain('reason: reviewed with payments');

    await second.getByRole('button', { name: 'Deny: leave it open' }).click();
    await second.getByRole('heading', { name: 'Already approved' }).waitFor();
    await second.getByText('payments@example.com (by link)').waitFor();
    expect(world.requests).toHaveLength(1);
    expect(said).toEqual([]);
  });

  it('the form can be used with the keyboard alone, Deny included', async () => {
    const world = makeWorld();
    const { token, approval } = await fill(world);
    const { page } = await open();
    await page.goto(`${await listen(world)}/approvals/${token}`);
    for (let i = 0; i < 4; i += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Denied', exact: true }).waitFor();
    expect((await world.stores.approvals.get(approval.id))?.state).toBe('denied');
  });
});

async function fill(world: World) {
  const pending = await world.addPending({
    plan: {
      body: aPlanBody({
        affected: [{ what: '2 clients connected now', why: '192.0.2.77 and 198.51.100.4 hold connections' }],
        admittedBy: [{ ruleId: 'inet filter input 4', source: '0.0.0.0/0', breadth: 'internet' }],
      }),
    },
    finding: { severity: 'critical' },
  });
  const long = { address: '2001:db8:1234:5678:9abc:def0:1234:5678', port: 65_535 };
  await world.stores.findings.save(
    aFinding({ version: 0, id: 'f-0000000000000009', ...long, severity: 'medium', service: 'x'.repeat(120) }),
  );
  await world.stores.changes.putAll([
    aChange(),
    aChange({ id: 'c-9', ...long, kind: 'closed', evidence: 'y'.repeat(200) }),
  ]);
  return pending;
}

/** Findings of UDP and of every port, and runs with all that they may say; the link of the UDP finding. */
async function fillEngines(world: World): Promise<string> {
  const address = '192.0.2.3';
  const at = { address, protocol: 'udp', port: 161 } as const;
  const { token } = await world.addPending({
    plan: {
      body: aPlanBody({
        ...at,
        steps: [{ op: 'close-port', ...at }],
        neighbours: [{ address, port: 53, protocol: 'udp' }],
      }),
    },
    finding: { ...at, service: 'snmp' },
  });
  const every = { address: '192.0.2.66', port: 0, service: 'every port' };
  await world.stores.findings.save(aFinding({ version: 0, id: 'f-0000000000000066', ...every }));
  const evidence = `${every.address} answers on every port: 73 of 73 probed completed a connection, ports picked at random among them (engine connect, 2026-03-01T09:00:00.000Z). No port of it is listed by itself.`;
  await world.stores.changes.putAll([aChange({ id: 'c-66', address: every.address, port: 0, evidence })]);
  const ended = { finishedAt: '2026-03-01T09:04:00.000Z', complete: 1 };
  await world.stores.runs.create(
    aTaskRun({
      ...ended,
      id: 'r-1',
      engines: { syn: 1, liveness: 1 },
      whyNotBetter: ['CAP_NET_RAW is missing (socket(AF_PACKET): EPERM): start it as root'],
      estimate: { loss: 0.02, missedOpen: 3.4, receiveDrops: 17, probes: 1_000_000 },
      unknown: 12,
      incomplete: 1,
      reasons: ['192.0.2.66 answers on nearly every port (105 of the first 240) and was left alone'],
    }),
  );
  await world.stores.runs.create(
    aTaskRun({ ...ended, id: 'r-2', name: 'high-risk UDP ports', complete: 2, engines: { udp: 2 } }),
  );
  return token;
}
