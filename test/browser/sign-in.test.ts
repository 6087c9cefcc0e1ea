import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { oidcProvider } from '../../adapters/oidc/oidc-provider.ts';
import { anAttribution } from '../builders/attribution.ts';
import { describeWith } from '../support/need.ts';
import { CLIENT_ID, OidcProvider } from '../support/oidc/provider.ts';
import { makeWorld, type World } from '../support/web/world.ts';

const OUT = fileURLToPath(new URL('../out/', import.meta.url));
const ARGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

describeWith(['chromium'], 'signing in with a browser without JavaScript', () => {
  let browser: Browser;
  let provider: OidcProvider;
  let world: World;
  let base: string;
  let close: () => Promise<void>;

  beforeAll(async () => {
    mkdirSync(OUT, { recursive: true });
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS.split(' ') });
    provider = await OidcProvider.start();
    provider.asksFirst = true;
    const server = serve({ fetch: (request) => world.app.fetch(request), hostname: '127.0.0.1', port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    base = `http://127.0.0.1:${port}`;
    close = () => new Promise((resolve) => server.close(() => resolve()));
    const signIn = { issuer: provider.issuer, clientId: CLIENT_ID, audience: CLIENT_ID, forSeverity: 'high' as const };
    const approvers = [{ name: 'ana@example.com', match: null, subject: null, arns: [] }];
    // The browser ends cookies by its own clock.
    const clock = { now: () => new Date().toISOString() };
    world = makeWorld({ port, deciders: { approvers, signIn }, provider: oidcProvider(signIn, clock) });
    world.time.now = clock.now();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await close();
    await provider.close();
  });

  it('leads to the provider, back to the link, and to the decision', async () => {
    await world.stores.attributions.put([anAttribution({ ruleId: 'sgr-1' })]);
    const { approval } = await world.addPending({
      approval: { expiresAt: new Date(Date.now() + 3_600_000).toISOString() },
      finding: { severity: 'critical', admittedBy: [{ ruleId: 'sgr-1', source: '0.0.0.0/0', breadth: 'internet' }] },
    });
    const link = `${base}/approvals/${await world.tokenFor(approval.id, 'ana@example.com')}`;
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1366, height: 900 } });
    const page = await context.newPage();
    const said: string[] = [];
    // The provider's own page has no icon.
    page.on('console', (message) => message.location().url.startsWith(base) && said.push(message.text()));

    await page.goto(link);
    expect(await page.getByRole('button', { name: 'Approve: close this port' }).count()).toBe(0);
    await page.screenshot({ path: `${OUT}sign-in-needed.png`, fullPage: true });
    const before = await world.snapshot();
    const referrers: (string | undefined)[] = [];
    page.on('request', (request) => referrers.push(request.headers()['referer']));
    await page.getByRole('link', { name: 'Sign in to decide' }).click();
    await page.getByRole('link', { name: 'Continue as ana@example.com' }).click();
    await page.waitForURL(link);
    expect(await world.snapshot()).toBe(before);
    expect(referrers.slice(0, 2).every((referrer) => referrer === undefined)).toBe(true);
    await page.getByText('signed in as ana@example.com').waitFor();
    await page.screenshot({ path: `${OUT}signed-in.png`, fullPage: true });

    await page.getByRole('button', { name: 'Approve: close this port' }).click();
    await page.getByRole('heading', { name: 'Approved', exact: true }).waitFor();
    expect((await world.stores.approvals.get(approval.id))?.decidedAs).toMatchObject({
      how: 'oidc',
      subject: '00u-ana',
    });
    const cookies = await context.cookies();
    expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
      { name: 'portcullis-signed-in', httpOnly: true, sameSite: 'Lax' },
    ]);
    expect(said).toEqual([]);
    await context.close();
  });
});
