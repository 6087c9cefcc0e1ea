import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { oidcProvider } from '../../../adapters/oidc/oidc-provider.ts';
import type { Approver, SignInSettings } from '../../../core/config/approver-schema.ts';
import { anAttribution } from '../../builders/attribution.ts';
import { CLIENT_ID, OidcProvider } from '../../support/oidc/provider.ts';
import { Visitor } from '../../support/oidc/visitor.ts';
import { makeWorld, type World } from '../../support/web/world.ts';

const ANA = 'ana@example.com';
const anApprover = (over: Partial<Approver> = {}): Approver => ({
  name: ANA,
  match: null,
  subject: null,
  arns: [],
  ...over,
});

let provider: OidcProvider;
let world: World;
let base: string;
let ana: Visitor;
let close: () => Promise<void>;

beforeEach(async () => {
  provider = await OidcProvider.start();
  await listen();
});
afterEach(async () => {
  await close();
  await provider.close();
});

/** The app on a real socket, with the clock of the provider. */
async function listen(over: { approvers?: Approver[]; signIn?: Partial<SignInSettings> } = {}): Promise<void> {
  await close?.();
  const server = serve({ fetch: (request) => world.app.fetch(request), hostname: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const signIn: SignInSettings = {
    issuer: provider.issuer,
    clientId: CLIENT_ID,
    audience: CLIENT_ID,
    forSeverity: 'high',
    ...over.signIn,
  };
  const clock = { now: () => world.time.now };
  const deciders = { approvers: over.approvers ?? [anApprover(), anApprover({ name: 'bo@example.com' })], signIn };
  world = makeWorld({ port, deciders, provider: oidcProvider(signIn, clock) });
  provider.now = () => Date.parse(world.time.now) / 1_000;
  base = `http://127.0.0.1:${port}`;
  ana = new Visitor(base);
  close = () => new Promise((resolve) => server.close(() => resolve()));
}

/** A pending approval of a high finding, and ana's link. */
async function pendingLink(severity: 'high' | 'medium' = 'high', approver = ANA) {
  const { approval } = await world.addPending({ finding: { severity } });
  const token = await world.tokenFor(approval.id, approver);
  return { approval, token, link: `${base}/approvals/${token}` };
}

const forms = (html: string) => html.includes('<form');

describe('a decision that needs a sign-in', () => {
  it('is taken once the approver has signed in, and the record says as whom', async () => {
    const { approval, link } = await pendingLink();
    const first = await (await ana.open(link)).text();
    expect(first).toContain('Sign in to decide');
    expect(forms(first)).toBe(false);
    const signedIn = await ana.open(`${link}?sign-in=1`);
    expect(ana.opened.at(-1)).toBe(link);
    const html = await signedIn.text();
    expect(html).toMatch(/signed in as ana@example\.com/);
    expect(forms(html)).toBe(true);
    const answer = await ana.submit(link, { decision: 'approve', reason: 'reviewed' });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('ana@example.com (signed in as ana@example.com)');
    expect(await world.stores.approvals.get(approval.id)).toMatchObject({
      state: 'approved',
      decidedBy: 'ana@example.com (signed in as ana@example.com)',
      decidedAs: { how: 'oidc', name: ANA, subject: '00u-ana', email: ANA },
    });
    const [row] = await world.stores.audit.list({ limit: 1 });
    expect(row?.detail).toContain('by oidc, subject 00u-ana, ana@example.com; from 127.0.0.1; with ');
    expect(row?.detail).toContain('; reason: reviewed');
    expect(world.requests).toHaveLength(1);
  });

  it('begins and ends without a trace: no GET on the way changes anything', async () => {
    const { link } = await pendingLink();
    const before = await world.snapshot();
    await ana.open(`${link}?sign-in=1`);
    await ana.open(link);
    await ana.once(link, { method: 'HEAD' });
    await ana.once(link, { method: 'OPTIONS' });
    expect(await world.snapshot()).toBe(before);
  });

  it('is refused by POST as long as nobody has signed in, for approving and denying', async () => {
    const { link } = await pendingLink();
    const before = await world.snapshot();
    for (const decision of ['approve', 'deny']) {
      const answer = await ana.submit(link, { decision });
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain('only once ana@example.com has signed in; nobody is signed in');
    }
    expect(await world.snapshot()).toBe(before);
  });

  it('is not needed below the severity: the link alone decides', async () => {
    const { approval, link } = await pendingLink('medium');
    expect(forms(await (await ana.open(link)).text())).toBe(true);
    expect((await ana.submit(link, { decision: 'approve' })).status).toBe(200);
    expect(await world.stores.approvals.get(approval.id)).toMatchObject({ decidedAs: { how: 'link', subject: null } });
  });

  it('cannot be taken with the link of somebody else, and the attempt is kept', async () => {
    const { link, approval } = await pendingLink();
    provider.user = { sub: '00u-mallory', email: 'mallory@example.com', email_verified: true };
    const mallory = new Visitor(base);
    const answer = await mallory.open(`${link}?sign-in=1`);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain(
      'You signed in as mallory@example.com, and the link was made for ana@example.com.',
    );
    expect([...mallory.cookies.keys()]).toEqual([]);
    // bo is an approver and has signed in for a link of his own; with ana's link that counts for nothing.
    provider.user = { sub: '00u-bo', email: 'bo@example.com', email_verified: true };
    const bo = new Visitor(base);
    await bo.open(`${base}/approvals/${await world.tokenFor(approval.id, 'bo@example.com')}?sign-in=1`);
    expect(await (await bo.open(link)).text()).toContain(
      'You are signed in as bo@example.com, which is somebody else.',
    );
    expect((await bo.submit(link, { decision: 'approve' })).status).toBe(403);
    expect((await world.stores.approvals.get(approval.id))?.state).toBe('pending');
    const [row] = await world.stores.audit.list({ limit: 1 });
    expect(row).toMatchObject({ action: 'decision-refused', actor: 'ana@example.com (by link)' });
    expect(row?.detail).toContain('signed in as bo@example.com; from 127.0.0.1');
  });

  it('is not taken by an address that the provider has not verified', async () => {
    const { link } = await pendingLink();
    provider.user = { sub: '00u-x', email: ANA, email_verified: false };
    expect((await ana.open(`${link}?sign-in=1`)).status).toBe(403);
    expect((await ana.submit(link, { decision: 'approve' })).status).toBe(403);
  });

  it('knows an approver by the subject of the entry, whatever the address', async () => {
    await listen({ approvers: [anApprover({ name: 'ana', subject: '00u-ana' })] });
    const { link, approval } = await pendingLink('high', 'ana');
    provider.user = { sub: '00u-ana', email: 'other@example.com', email_verified: false };
    await ana.open(`${link}?sign-in=1`);
    expect((await ana.submit(link, { decision: 'deny' })).status).toBe(200);
    expect(await world.stores.approvals.get(approval.id)).toMatchObject({
      decidedBy: 'ana (signed in as 00u-ana)',
      decidedAs: { how: 'oidc', email: null },
    });
  });

  it('ends fifteen minutes after the sign-in', async () => {
    const { link } = await pendingLink();
    await ana.open(`${link}?sign-in=1`);
    world.time.now = '2026-03-01T09:15:00.000Z';
    expect((await ana.submit(link, { decision: 'approve' })).status).toBe(403);
    world.time.now = '2026-03-01T09:14:59.999Z';
    expect((await ana.submit(link, { decision: 'approve' })).status).toBe(200);
  });

  it('is refused to whoever opened the port under that address, and may be denied', async () => {
    const actor = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123/Ana@example.com';
    await world.stores.attributions.put([anAttribution({ ruleId: 'sgr-1', actor })]);
    const { approval } = await world.addPending({
      finding: { admittedBy: [{ ruleId: 'sgr-1', source: '0.0.0.0/0', breadth: 'internet' }] },
    });
    const link = `${base}/approvals/${await world.tokenFor(approval.id, ANA)}`;
    const html = await (await ana.open(`${link}?sign-in=1`)).text();
    expect(html).toContain(`${actor} created sgr-1 at 2026-03-01T09:00:00.000Z from 203.0.113.9`);
    expect(html).toMatch(/value="approve"\s+disabled/);
    const answer = await ana.submit(link, { decision: 'approve' });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('somebody else must approve closing it');
    expect((await world.stores.audit.list({ limit: 1 }))[0]).toMatchObject({ action: 'decision-refused' });
    expect((await ana.submit(link, { decision: 'deny' })).status).toBe(200);
  });
});

describe('coming back from the provider', () => {
  /** Begins to sign in, and stops before the address at which the provider sends back. */
  async function callbackOf(visitor: Visitor, link: string): Promise<URL> {
    const begun = await visitor.once(`${link}?sign-in=1`);
    expect(begun.status).toBe(303);
    const back = await visitor.once(begun.headers.get('location') ?? '');
    return new URL(back.headers.get('location') ?? '');
  }

  it('works once: the same address again, and with the old cookie kept by hand, signs nobody in', async () => {
    const { link } = await pendingLink();
    const callback = await callbackOf(ana, link);
    const kept = new Map(ana.cookies);
    expect((await ana.once(callback.href)).status).toBe(303);
    expect((await ana.once(callback.href)).status).toBe(403);
    const replay = new Visitor(base);
    for (const [name, value] of kept) replay.cookies.set(name, value);
    const again = await replay.once(callback.href);
    expect(again.status).toBe(403);
    expect(await again.text()).toContain('invalid_grant');
    expect([...replay.cookies.keys()]).toEqual([]);
  });

  it('works in the browser that began only, and with its own state only', async () => {
    const { link } = await pendingLink();
    const callback = await callbackOf(ana, link);
    const other = new Visitor(base);
    expect((await other.once(callback.href)).status).toBe(403);
    // Mallory's own sign-in, slipped to ana: the state is not the one that ana's browser began with.
    const mallory = new Visitor(base);
    const hers = await callbackOf(mallory, link);
    expect((await ana.once(hers.href)).status).toBe(403);
    expect(provider.asked).not.toContain('POST /token');
  });

  it('works within ten minutes', async () => {
    const { link } = await pendingLink();
    const callback = await callbackOf(ana, link);
    world.time.now = '2026-03-01T09:10:00.000Z';
    const answer = await ana.once(callback.href);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('longer than ten minutes');
  });

  it.each(['a forged cookie', 'a cookie of somebody signed in', "the link's own token"])(
    'is refused with %s in place of the cookie that began it',
    async (instead) => {
      const { link, token } = await pendingLink();
      const before = new Visitor(base);
      await before.open(`${link}?sign-in=1`);
      const signedIn = before.cookies.get('portcullis-signed-in') ?? '';
      const cookie = instead === 'a forged cookie' ? 'e30.e30' : instead === "the link's own token" ? token : signedIn;
      const callback = await callbackOf(ana, link);
      ana.cookies.set('portcullis-signing-in', cookie);
      expect((await ana.once(callback.href)).status).toBe(403);
      expect([...ana.cookies.keys()]).toEqual([]);
    },
  );

  it('leads to the link that it began with and nowhere else, whatever the address says', async () => {
    const { link, token } = await pendingLink();
    const callback = await callbackOf(ana, link);
    for (const name of ['return', 'redirect', 'redirect_uri', 'next', 'token', 'RelayState']) {
      callback.searchParams.set(name, 'https://evil.example.com/');
    }
    const answer = await ana.once(callback.href, { headers: { 'x-forwarded-host': 'evil.example.com' } });
    expect(answer.headers.get('location')).toBe(`/approvals/${token}`);
    expect((await ana.once(`${link}?sign-in=https://evil.example.com`)).status).toBe(200);
    const fresh = await new Visitor(base).once(
      `${link}?sign-in=https://evil.example.com&redirect_uri=https://evil.example.com`,
    );
    const location = new URL(fresh.headers.get('location') ?? '');
    expect(location.origin).toBe(provider.issuer);
    expect(location.searchParams.get('redirect_uri')).toBe(`${base}/approvals/signed-in`);
  });

  it('with the answer of another provider, or with an error, is refused and repeats only plain words', async () => {
    const { link } = await pendingLink();
    const mixed = await callbackOf(ana, link);
    mixed.searchParams.set('iss', 'https://evil.example.com');
    expect(await (await ana.once(mixed.href)).text()).toContain('Another provider answered.');
    for (const [error, said] of [
      ['access_denied', 'The provider said access_denied.'],
      ['<script>alert(1)</script>', 'The provider said nothing.'],
    ] as const) {
      const denied = await callbackOf(ana, link);
      denied.searchParams.delete('code');
      denied.searchParams.set('error', error);
      const html = await (await ana.once(denied.href)).text();
      expect(html).toContain(said);
      expect(html).not.toContain('<script');
    }
  });

  it('is nothing where nobody signs in, and decides nothing by POST', async () => {
    const { link } = await pendingLink();
    const callback = await callbackOf(ana, link);
    const before = await world.snapshot();
    expect((await ana.submit(callback.href, { decision: 'approve' })).status).toBe(404);
    expect(await world.snapshot()).toBe(before);
    const plain = makeWorld();
    expect((await plain.send('GET', '/approvals/signed-in?code=x&state=y')).status).toBe(404);
  });
});

describe('a provider that is down', () => {
  it('decides nothing: a clear page, and the link still works when it is back', async () => {
    const { link } = await pendingLink();
    provider.broken.set('/.well-known/openid-configuration', 503);
    const before = await world.snapshot();
    const answer = await ana.open(`${link}?sign-in=1`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('Nothing was decided. Try the link again in a few minutes.');
    expect((await ana.submit(link, { decision: 'approve' })).status).toBe(403);
    expect(await world.snapshot()).toBe(before);
    expect(world.logged).toEqual([
      {
        message: 'The sign-in provider gave no discovery document: HTTP 503.',
        method: 'GET',
        path: '/approvals/TOKEN',
      },
    ]);
    provider.broken.clear();
    await ana.open(`${link}?sign-in=1`);
    expect((await ana.submit(link, { decision: 'approve' })).status).toBe(200);
  });

  it('also after the person has signed in there', async () => {
    const { link } = await pendingLink();
    for (const path of ['/token', '/jwks']) {
      provider.broken.clear();
      provider.broken.set(path, 500);
      expect((await ana.open(`${link}?sign-in=1`)).status).toBe(503);
      expect((await ana.submit(link, { decision: 'approve' })).status).toBe(403);
    }
  });
});

describe('what a sign-in leaves behind', () => {
  it('is two cookies, closed to scripts and other sites, with an end; none holds what the provider said about the token', async () => {
    const { link } = await pendingLink();
    await ana.open(`${link}?sign-in=1`);
    const begun = ana.setCookies.find((line) => line.startsWith('portcullis-signing-in=e'));
    const done = ana.setCookies.find((line) => line.startsWith('portcullis-signed-in=e'));
    expect(begun?.replace(/=[^;]*/, '')).toBe(
      'portcullis-signing-in; Max-Age=600; Path=/approvals; HttpOnly; SameSite=Lax',
    );
    expect(done?.replace(/=[^;]*/, '')).toBe(
      'portcullis-signed-in; Max-Age=900; Path=/approvals; HttpOnly; SameSite=Lax',
    );
    expect([...ana.cookies.keys()]).toEqual(['portcullis-signed-in']);
  });

  it('is no token and no code in a log, a store or a page, and none at the provider', async () => {
    const { link, token } = await pendingLink();
    provider.broken.set('/token', 500);
    await ana.open(`${link}?sign-in=1`);
    provider.broken.clear();
    await ana.open(`${link}?sign-in=1`);
    const html = await (await ana.open(link)).text();
    await ana.submit(link, { decision: 'approve' });
    const mac = token.split('.')[1] ?? '';
    const codes = ana.opened.flatMap((url) => new URL(url).searchParams.getAll('code'));
    expect(codes).toHaveLength(2);
    for (const text of [html, JSON.stringify(world.logged), await world.snapshot()]) {
      for (const secret of [mac, ...codes]) expect(text).not.toContain(secret);
    }
    const atProvider = ana.opened.filter((url) => url.startsWith(provider.issuer));
    expect(atProvider).toHaveLength(2);
    for (const url of atProvider) expect(url).not.toContain(mac);
  });

  it('ends with the client id: a sign-in for another client counts for nothing', async () => {
    const { link } = await pendingLink();
    await ana.open(`${link}?sign-in=1`);
    const kept = new Map(ana.cookies);
    await listen({ signIn: { clientId: 'another' } });
    for (const [name, value] of kept) ana.cookies.set(name, value);
    const next = await pendingLink();
    expect((await ana.submit(next.link, { decision: 'approve' })).status).toBe(403);
  });
});
