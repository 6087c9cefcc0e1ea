import { decode, verifyWithJwks } from 'hono/jwt';
import type { HonoJsonWebKey } from 'hono/utils/jwt/jws';
import * as z from 'zod';
import type { SignInSettings } from '../../core/config/approver-schema.ts';
import { type Identity, SignInRefused } from '../../core/ports/identity-provider.ts';
import { epochMs, type Instant } from '../../core/time.ts';

/** How far the provider's clock and ours may be apart. */
const SKEW_SECONDS = 60;
/** Longest ID token that is looked at. */
const MAX_LENGTH = 16_384;
/** Signatures by the provider's private keys only: never `none`, never a MAC keyed with something public. */
const ALGORITHMS = ['RS256', 'ES256'] as const;

export const KeySet = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })).max(100),
});
export type KeySet = z.infer<typeof KeySet>;

const Header = z.object({ alg: z.string(), kid: z.string().min(1).max(200) });
const Claims = z.object({
  iss: z.string(),
  sub: z.string().min(1).max(255),
  aud: z.union([z.string(), z.array(z.string()).min(1)]),
  azp: z.string().optional(),
  nonce: z.string(),
  exp: z.number(),
  iat: z.number(),
  nbf: z.number().optional(),
  email: z.string().max(254).optional(),
  // Some providers write it as text.
  email_verified: z.union([z.boolean(), z.literal('true'), z.literal('false')]).optional(),
});

/** The `kid` of a token that has not been checked yet. @throws SignInRefused */
export function keyIdOf(idToken: string): string {
  if (idToken.length > MAX_LENGTH) throw new SignInRefused('The ID token is too long.');
  try {
    return Header.parse(decode(idToken).header).kid;
  } catch {
    // The cause would repeat the token.
    throw new SignInRefused('The ID token is none, or does not name its key.');
  }
}

/**
 * Who an ID token is about, after every check of OpenID Connect Core 1.0, section 3.1.3.7, that applies to a token from the token endpoint,
 * the signature among them. @throws SignInRefused, with what is wrong and never the token
 */
export async function verifyIdToken(
  idToken: string,
  { keys }: KeySet,
  { settings, nonce, now }: { settings: SignInSettings; nonce: string; now: Instant },
): Promise<Identity> {
  const payload = await verifySignature(idToken, keys);
  const parsed = Claims.safeParse(payload);
  if (!parsed.success) {
    throw new SignInRefused(`The ID token lacks ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')}.`);
  }
  const claims = parsed.data;
  const wrong = whatIsWrong(claims, settings, nonce, epochMs(now) / 1_000);
  if (wrong !== null) throw new SignInRefused(`The ID token ${wrong}.`);
  const isVerified = claims.email_verified === true || claims.email_verified === 'true';
  return {
    issuer: claims.iss,
    subject: claims.sub,
    email: isVerified && claims.email !== undefined ? claims.email : null,
  };
}

async function verifySignature(idToken: string, keys: KeySet['keys']): Promise<unknown> {
  try {
    return await verifyWithJwks(idToken, {
      keys: keys as HonoJsonWebKey[],
      allowedAlgorithms: [...ALGORITHMS],
      // Times are checked below, by our clock and with a skew.
      verification: { exp: false, iat: false, nbf: false },
    });
  } catch (error) {
    // The message of the cause may repeat the token; its name says what is wrong.
    throw new SignInRefused(
      `The ID token is not signed by the provider (${error instanceof Error ? error.name : 'error'}).`,
    );
  }
}

function whatIsWrong(
  { iss, aud, azp, nonce, exp, iat, nbf }: z.infer<typeof Claims>,
  { issuer, audience, clientId }: SignInSettings,
  expectedNonce: string,
  now: number,
): string | null {
  const audiences = typeof aud === 'string' ? [aud] : aud;
  if (iss !== issuer) return 'is of another issuer';
  if (!audiences.includes(audience)) return 'is for another audience';
  if (azp === undefined ? audiences.length > 1 : azp !== clientId) return 'was issued to another client';
  if (nonce !== expectedNonce) return 'belongs to another sign-in';
  if (exp + SKEW_SECONDS <= now) return 'has expired';
  if (iat - SKEW_SECONDS > now || (nbf ?? iat) - SKEW_SECONDS > now) return 'is from the future';
  return null;
}
