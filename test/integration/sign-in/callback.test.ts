import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startScene, type SignInScene } from '../../support/oidc/scene.ts';
import { Visitor } from '../../support/oidc/visitor.ts';
import { makeWorld } from '../../support/web/world.ts';

let scene: SignInScene;
let { provider, world, base, ana, pendingLink } = {} as SignInScene;

beforeEach(() => begin());
afterEach(() => scene.close());

async function begin(over: Parameters<typeof startScene>[0] = {}): Promise<void> {
  scene = await startScene(over);
  ({ provider, world, base, ana, pendingLink } = scene);
}

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
