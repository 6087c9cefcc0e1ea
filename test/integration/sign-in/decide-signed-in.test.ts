import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anAttribution } from '../../builders/attribution.ts';
import { ANA, anApprover, startScene, type SignInScene } from '../../support/oidc/scene.ts';
import { Visitor } from '../../support/oidc/visitor.ts';

let scene: SignInScene;
let { provider, world, base, ana, pendingLink } = {} as SignInScene;

beforeEach(() => begin());
afterEach(() => scene.close());

async function begin(over: Parameters<typeof startScene>[0] = {}): Promise<void> {
  scene = await startScene(over);
  ({ provider, world, base, ana, pendingLink } = scene);
}

/** The same with another configuration, in place of what was begun. */
async function beginAgain(over: Parameters<typeof startScene>[0]): Promise<void> {
  await scene.close();
  await begin(over);
}

const forms = (html: string) => html.includes('<form');

describe('a decision that needs a sign-in', () => {
  it('is taken once the approver has signed in, and the record says as whom', async () => {
    const { approvalId, link } = await pendingLink();
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
    expect(await world.stores.approvals.get(approvalId)).toMatchObject({
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
    const { approvalId, link } = await pendingLink('medium');
    expect(forms(await (await ana.open(link)).text())).toBe(true);
    expect((await ana.submit(link, { decision: 'approve' })).status).toBe(200);
    expect(await world.stores.approvals.get(approvalId)).toMatchObject({ decidedAs: { how: 'link', subject: null } });
  });

  it('cannot be taken with the link of somebody else, and the attempt is kept', async () => {
    const { link, approvalId } = await pendingLink();
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
    await bo.open(`${base}/approvals/${await world.tokenFor(approvalId, 'bo@example.com')}?sign-in=1`);
    expect(await (await bo.open(link)).text()).toContain(
      'You are signed in as bo@example.com, which is somebody else.',
    );
    expect((await bo.submit(link, { decision: 'approve' })).status).toBe(403);
    expect((await world.stores.approvals.get(approvalId))?.state).toBe('pending');
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
    await beginAgain({ approvers: [anApprover({ name: 'ana', subject: '00u-ana' })] });
    const { link, approvalId } = await pendingLink('high', 'ana');
    provider.user = { sub: '00u-ana', email: 'other@example.com', email_verified: false };
    await ana.open(`${link}?sign-in=1`);
    expect((await ana.submit(link, { decision: 'deny' })).status).toBe(200);
    expect(await world.stores.approvals.get(approvalId)).toMatchObject({
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
    await beginAgain({ signIn: { clientId: 'another' } });
    for (const [name, value] of kept) ana.cookies.set(name, value);
    const next = await pendingLink();
    expect((await ana.submit(next.link, { decision: 'approve' })).status).toBe(403);
  });
});
