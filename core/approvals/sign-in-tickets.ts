import * as z from 'zod';
import type { SignInSettings } from '../config/approver-schema.ts';
import type { Identity } from '../ports/identity-provider.ts';
import type { LinkSigner } from '../ports/link-signer.ts';
import { epochMs, type Instant, minutes } from '../time.ts';
import { MAX_TOKEN } from './link.ts';
import { seal, unseal } from './sealed-text.ts';

/** A sign-in that was begun: what must come back, and the link to go on with. */
export interface PendingSignIn {
  readonly token: string;
  readonly state: string;
  readonly nonce: string;
  /** PKCE. */
  readonly verifier: string;
}

/** How long a person may take at the provider, and how long a sign-in counts after it. */
export const PENDING_MS = minutes(10);
export const SIGNED_IN_MS = minutes(15);

/** Longest ticket that is looked at: a link's token in base64 once more, and the rest. */
const MAX_TICKET = 3_000;

const PENDING = 'portcullis/sign-in-pending/v1:';
const SIGNED_IN = 'portcullis/signed-in/v1:';

const base = { v: z.literal(1), kid: z.string().min(1).max(200), exp: z.int().nonnegative() };
/** 256 bits, base64url. */
const Random = z.string().length(43);
const Pending = z.strictObject({ ...base, t: z.string().max(MAX_TOKEN), st: Random, no: Random, cv: Random });
const SignedIn = z.strictObject({
  ...base,
  iss: z.string().max(1_000),
  cid: z.string().max(255),
  sub: z.string().min(1).max(255),
  em: z.string().max(254).nullable(),
});

export function issuePending(signer: LinkSigner, pending: PendingSignIn, now: Instant): Promise<string> {
  const { token, state, nonce, verifier } = pending;
  const exp = epochMs(now) + PENDING_MS;
  return seal(
    signer,
    PENDING,
    Pending.parse({ v: 1, kid: signer.keyId, exp, t: token, st: state, no: nonce, cv: verifier }),
  );
}

export async function readPending(signer: LinkSigner, ticket: string, now: Instant): Promise<PendingSignIn | null> {
  const payload = await unseal(signer, PENDING, ticket, { schema: Pending, now, maxLength: MAX_TICKET });
  return payload && { token: payload.t, state: payload.st, nonce: payload.no, verifier: payload.cv };
}

export function issueSignedIn(
  signer: LinkSigner,
  { clientId }: SignInSettings,
  { issuer, subject, email }: Identity,
  now: Instant,
): Promise<string> {
  const exp = epochMs(now) + SIGNED_IN_MS;
  const payload = { v: 1, kid: signer.keyId, exp, iss: issuer, cid: clientId, sub: subject, em: email };
  return seal(signer, SIGNED_IN, SignedIn.parse(payload));
}

/** Who signed in at the provider that is configured now; null for every other ticket. */
export async function readSignedIn(
  signer: LinkSigner,
  { issuer, clientId }: SignInSettings,
  ticket: string,
  now: Instant,
): Promise<Identity | null> {
  const payload = await unseal(signer, SIGNED_IN, ticket, { schema: SignedIn, now, maxLength: MAX_TICKET });
  if (payload?.iss !== issuer || payload.cid !== clientId) return null;
  return { issuer, subject: payload.sub, email: payload.em };
}
