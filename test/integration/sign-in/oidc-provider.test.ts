import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { oidcProvider } from '../../../adapters/oidc/oidc-provider.ts';
import type { SignInSettings } from '../../../core/config/approver-schema.ts';
import { type Identity, SignInRefused, SignInUnavailable } from '../../../core/ports/identity-provider.ts';
import { after } from '../../../core/time.ts';
import { aClosedEndpoint, aFakeEndpoint } from '../../support/aws/fake-endpoint.ts';
import { CLIENT_ID, OidcProvider, type Tampering } from '../../support/oidc/provider.ts';

const NOW = '2026-03-01T09:00:00.000Z';
const NOW_SECONDS = 1_772_355_600;
const REDIRECT_URI = 'https://links.example.com/approvals/signed-in';
const NONCE = 'n'.repeat(43);

let provider: OidcProvider;
let now: string;

beforeEach(async () => {
  provider = await OidcProvider.start();
  provider.now = () => NOW_SECONDS;
  now = NOW;
});
afterEach(() => provider.close());

const settings = (over: Partial<SignInSettings> = {}): SignInSettings => ({
  issuer: provider.issuer,
  clientId: CLIENT_ID,
  audience: CLIENT_ID,
  forSeverity: 'high',
  ...over,
});
const client = (over: Partial<SignInSettings> = {}) => oidcProvider(settings(over), { now: () => now });

/** Goes to the provider and back, as a browser does, and asks who came back. */
async function signIn(at = client(), verifier = randomBytes(32).toString('base64url')): Promise<Identity> {
  const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
  const request = { redirectUri: REDIRECT_URI, state: 's'.repeat(43), nonce: NONCE, codeChallenge };
  const answer = await fetch(await at.authorizationUrl(request), { redirect: 'manual' });
  const back = new URL(answer.headers.get('location') ?? '');
  expect(back.searchParams.get('state')).toBe(request.state);
  const code = back.searchParams.get('code') ?? '';
  return at.identify({ redirectUri: REDIRECT_URI, code, codeVerifier: verifier, nonce: NONCE });
}

async function refusal(tampering: Tampering): Promise<string> {
  provider.tampering = tampering;
  const failure = await signIn().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(SignInRefused);
  return (failure as SignInRefused).message;
}

describe('signing in at a provider', () => {
  it.each(['RS256', 'ES256'] as const)('says who came back, by a token signed with %s', async (alg) => {
    provider.rotate(alg);
    expect(await signIn()).toEqual({ issuer: provider.issuer, subject: '00u-ana', email: 'ana@example.com' });
  });

  it.each([
    ['does not say is verified', { email_verified: undefined }],
    ['says is not verified', { email_verified: false }],
    ['says in words is not verified', { email_verified: 'false' }],
  ])('does not take for theirs an address that the provider %s', async (_, claims) => {
    provider.tampering = { claims };
    expect(await signIn()).toMatchObject({ subject: '00u-ana', email: null });
  });

  it('sends the person with client, scope, state, nonce and the challenge of PKCE, and keeps what the address has', async () => {
    provider.discovered = { authorization_endpoint: `${provider.issuer}/authorize?tenant=7` };
    const url = new URL(
      await client().authorizationUrl({ redirectUri: REDIRECT_URI, state: 'S', nonce: 'N', codeChallenge: 'C' }),
    );
    expect(Object.fromEntries(url.searchParams)).toEqual({
      tenant: '7',
      response_type: 'code',
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      scope: 'openid email',
      state: 'S',
      nonce: 'N',
      code_challenge: 'C',
      code_challenge_method: 'S256',
    });
  });

  it("reads the provider's documents once in ten minutes", async () => {
    const at = client();
    for (let i = 0; i < 3; i += 1) await signIn(at);
    const reads = () => provider.asked.filter((one) => one.startsWith('GET /.well') || one === 'GET /jwks');
    expect(reads()).toEqual(['GET /.well-known/openid-configuration', 'GET /jwks']);
    now = after(NOW, 600_000);
    provider.now = () => NOW_SECONDS + 600;
    await signIn(at);
    expect(reads()).toHaveLength(4);
  });

  it('reads the key set again when a token names a key that it does not know: keys were rotated', async () => {
    const at = client();
    await signIn(at);
    provider.rotate();
    expect(await signIn(at)).toMatchObject({ subject: '00u-ana' });
    provider.tampering = { header: { kid: 'key-of-somebody-else' } };
    await expect(signIn(at)).rejects.toThrow('not signed by the provider (JwtTokenInvalid)');
  });

  it('takes several audiences only with our client as the authorized party', async () => {
    provider.tampering = { claims: { aud: [CLIENT_ID, 'other'], azp: CLIENT_ID } };
    expect(await signIn()).toMatchObject({ subject: '00u-ana' });
    expect(await refusal({ claims: { aud: [CLIENT_ID, 'other'] } })).toContain('was issued to another client');
    expect(await refusal({ claims: { azp: 'other' } })).toContain('was issued to another client');
  });

  it('takes the audience that is configured in place of the client id', async () => {
    provider.tampering = { claims: { aud: 'api://portcullis', azp: CLIENT_ID } };
    expect(await signIn(client({ audience: 'api://portcullis' }))).toMatchObject({ subject: '00u-ana' });
    await expect(signIn()).rejects.toThrow('for another audience');
  });
});

describe('a token that proves nothing', () => {
  it.each<[string, Tampering, string]>([
    ['of another sign-in', { claims: { nonce: 'x'.repeat(43) } }, 'belongs to another sign-in'],
    ['without a nonce', { claims: { nonce: undefined } }, 'lacks nonce'],
    ['for another audience', { claims: { aud: 'another-client' } }, 'for another audience'],
    ['of another issuer', { claims: { iss: 'https://evil.example.com' } }, 'of another issuer'],
    ['of the issuer with a slash', { claims: { iss: 'https://login.example.com/' } }, 'of another issuer'],
    ['that expired 60 s ago', { claims: { exp: NOW_SECONDS - 60 } }, 'has expired'],
    ['without an end', { claims: { exp: undefined } }, 'lacks exp'],
    ['whose end is a text', { claims: { exp: '9999999999' } }, 'lacks exp'],
    ['from more than 60 s ahead', { claims: { iat: NOW_SECONDS + 61 } }, 'is from the future'],
    ['that is not valid yet', { claims: { nbf: NOW_SECONDS + 61 } }, 'is from the future'],
    ['without a subject', { claims: { sub: '' } }, 'lacks sub'],
    ['signed by nobody', { header: { alg: 'none' }, signature: () => Buffer.alloc(0) }, 'JwtHeaderInvalid'],
    [
      'with a MAC of the public key',
      { header: { alg: 'HS256' }, signature: OidcProvider.hmacWithPublicKey },
      'JwtSymmetricAlgorithmNotAllowed',
    ],
    ['with another algorithm than its key', { header: { alg: 'ES256' } }, 'JwtAlgorithmMismatch'],
    ['with an algorithm that is not taken', { header: { alg: 'PS256' } }, 'JwtAlgorithmNotAllowed'],
    ['with a signature of nothing', { signature: () => Buffer.alloc(256) }, 'JwtTokenSignatureMismatched'],
    ['without a key', { header: { kid: undefined } }, 'does not name its key'],
    ['with a critical extension', { header: { crit: ['exp'] } }, 'JwtHeaderInvalid'],
  ])('%s is refused, and the message repeats none of it', async (_, tampering, sentence) => {
    const message = await refusal(tampering);
    expect(message).toContain(sentence);
    expect(message).not.toContain('eyJ');
  });

  it('is not: one that expired 59 s ago, or is from 60 s ahead, by a clock that differs', async () => {
    provider.tampering = { claims: { exp: NOW_SECONDS - 59, iat: NOW_SECONDS + 60 } };
    expect(await signIn()).toMatchObject({ subject: '00u-ana' });
  });

  it('signed by a key that anybody could make is refused, also under a known key id', async () => {
    const other = await OidcProvider.start();
    try {
      other.now = provider.now;
      const forged = other.idToken(NONCE, { iss: provider.issuer });
      provider.tampering = {};
      provider.discovered = {
        token_endpoint: await aFakeEndpoint(
          (_request, response) => void response.end(JSON.stringify({ id_token: forged })),
        ),
      };
      await expect(signIn()).rejects.toThrow('JwtTokenSignatureMismatched');
    } finally {
      await other.close();
    }
  });

  it.each(['', 'a.b.c', `${'e'.repeat(20_000)}.e.e`, 'null'])('that is no token (%s) is refused', async (idToken) => {
    provider.discovered = {
      token_endpoint: await aFakeEndpoint(
        (_request, response) => void response.end(JSON.stringify({ id_token: idToken })),
      ),
    };
    await expect(signIn()).rejects.toThrow(SignInRefused);
  });

  it('cannot be fetched with a code that was used, or with the verifier of another sign-in', async () => {
    const at = client();
    const verifier = 'v'.repeat(43);
    const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
    const url = await at.authorizationUrl({ redirectUri: REDIRECT_URI, state: 's', nonce: NONCE, codeChallenge });
    const codeOf = async () =>
      new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '').searchParams.get('code') ?? '';
    const answer = { redirectUri: REDIRECT_URI, nonce: NONCE };
    const code = await codeOf();
    await at.identify({ ...answer, code, codeVerifier: verifier });
    await expect(at.identify({ ...answer, code, codeVerifier: verifier })).rejects.toThrow('invalid_grant');
    await expect(at.identify({ ...answer, code: await codeOf(), codeVerifier: 'w'.repeat(43) })).rejects.toThrow(
      'The provider gave no ID token: invalid_grant.',
    );
  });
});

describe('a provider that cannot be asked', () => {
  const unavailable = async (work: Promise<unknown>): Promise<string> => {
    const failure = await work.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SignInUnavailable);
    return (failure as SignInUnavailable).message;
  };

  it('is told apart from a token that proves nothing, wherever it fails', async () => {
    for (const [path, what] of [
      ['/.well-known/openid-configuration', 'discovery document: HTTP 500'],
      ['/token', 'token: HTTP 500'],
      ['/jwks', 'key set: HTTP 500'],
    ] as const) {
      provider.broken.clear();
      provider.broken.set(path, 500);
      expect(await unavailable(signIn())).toContain(what);
    }
  });

  it('is asked again the next time', async () => {
    const at = client();
    provider.broken.set('/.well-known/openid-configuration', 503);
    await unavailable(signIn(at));
    provider.broken.clear();
    expect(await signIn(at)).toMatchObject({ subject: '00u-ana' });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['of another issuer', { issuer: 'https://evil.example.com' }, 'https://evil.example.com'],
    ['without a key set', { jwks_uri: undefined }, 'jwks_uri'],
    ['with an endpoint without https elsewhere', { token_endpoint: 'http://192.0.2.1/token' }, 'without https'],
    ['with a script for an endpoint', { authorization_endpoint: 'javascript:alert(1)' }, 'without https'],
  ])('has a discovery document %s', async (_, discovered, sentence) => {
    provider.discovered = discovered;
    expect(await unavailable(signIn())).toContain(sentence);
  });

  it('answers with something else than JSON, a redirect, or far too much', async () => {
    for (const listener of [(body: string) => body, () => 'x'.repeat(300_000)]) {
      const issuer = await aFakeEndpoint((_request, response) => void response.end(listener('<html>')));
      await unavailable(signIn(client({ issuer })));
    }
    const redirecting = await aFakeEndpoint((_request, response) => {
      response.writeHead(302, { location: `${provider.issuer}/.well-known/openid-configuration` }).end();
    });
    // Followed, it would lead to a document that is right in every word.
    provider.discovered = { issuer: redirecting };
    await unavailable(signIn(client({ issuer: redirecting })));
    expect(await unavailable(signIn(client({ issuer: await aClosedEndpoint() })))).toContain('ECONNREFUSED');
  });
});
