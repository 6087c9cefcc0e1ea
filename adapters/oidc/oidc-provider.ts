import * as z from 'zod';
import type { SignInSettings } from '../../core/config/approver-schema.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { type IdentityProvider, SignInRefused, SignInUnavailable } from '../../core/ports/identity-provider.ts';
import { minutes, msBetween } from '../../core/time.ts';
import { askProvider, readFromProvider } from './ask-provider.ts';
import { KeySet, keyIdOf, verifyIdToken } from './id-token.ts';

/** How long what the provider publishes is taken as it was read; a key that is not known is asked for at once. */
const KEPT_MS = minutes(10);
/** Longest code that is passed on. */
const MAX_CODE = 4_096;

const Discovery = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
});
const Tokens = z.object({ id_token: z.string() });
/** Errors of the token endpoint are words, RFC 6749, section 5.2. */
const TokenError = z.object({ error: z.string().regex(/^[a-z_]{1,64}$/) });

interface Kept<T> {
  readonly at: string;
  readonly value: T;
}

/** One OpenID Connect provider, found by its discovery document; a public client, authorization code with PKCE. */
export function oidcProvider(settings: SignInSettings, clock: Clock): IdentityProvider {
  let discovery: Kept<z.infer<typeof Discovery>> | null = null;
  let keySet: Kept<KeySet> | null = null;
  const isFresh = (kept: Kept<unknown> | null): boolean => {
    const age = kept === null ? KEPT_MS : msBetween(kept.at, clock.now());
    return age >= 0 && age < KEPT_MS;
  };

  async function discover(): Promise<z.infer<typeof Discovery>> {
    if (discovery !== null && isFresh(discovery)) return discovery.value;
    const url = `${settings.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const found = await readFromProvider('discovery document', url, Discovery);
    if (found.issuer !== settings.issuer) {
      throw new SignInUnavailable(
        `The discovery document is of the issuer ${JSON.stringify(found.issuer.slice(0, 200))}.`,
      );
    }
    for (const endpoint of [found.authorization_endpoint, found.token_endpoint, found.jwks_uri]) {
      if (!isAsSafeAs(settings.issuer, endpoint)) {
        throw new SignInUnavailable('The discovery document names an endpoint without https.');
      }
    }
    discovery = { at: clock.now(), value: found };
    return found;
  }

  /** The keys, read again when `kid` is not among those that were read before: providers rotate them. */
  async function keysWith(kid: string): Promise<KeySet> {
    if (keySet !== null && isFresh(keySet) && keySet.value.keys.some((key) => key.kid === kid)) return keySet.value;
    const { jwks_uri: url } = await discover();
    keySet = { at: clock.now(), value: await readFromProvider('key set', url, KeySet) };
    return keySet.value;
  }

  return {
    async authorizationUrl({ redirectUri, state, nonce, codeChallenge }) {
      const url = new URL((await discover()).authorization_endpoint);
      const query = {
        response_type: 'code',
        client_id: settings.clientId,
        redirect_uri: redirectUri,
        scope: 'openid email',
        state,
        nonce,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return url.href;
    },
    async identify({ redirectUri, code, codeVerifier, nonce }) {
      if (code.length > MAX_CODE) throw new SignInRefused('The code is too long.');
      const { token_endpoint: url } = await discover();
      const form = new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        client_id: settings.clientId,
        code_verifier: codeVerifier,
      });
      const { status, body } = await askProvider('token', url, form);
      const tokens = Tokens.safeParse(body);
      if (status !== 200 || !tokens.success) {
        const error = TokenError.safeParse(body).data?.error;
        throw new SignInRefused(`The provider gave no ID token: ${error ?? `HTTP ${status}`}.`);
      }
      const idToken = tokens.data.id_token;
      const keys = await keysWith(keyIdOf(idToken));
      return verifyIdToken(idToken, keys, { settings, nonce, now: clock.now() });
    },
  };
}

/** https; or http, where the issuer is on this machine and the endpoint is too. */
function isAsSafeAs(issuer: string, endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  if (protocol === 'https:') return true;
  const at = new URL(issuer);
  return protocol === 'http:' && at.protocol === 'http:' && at.hostname === hostname;
}
