import * as z from 'zod';
import { epochMs, toInstant } from '../time.ts';
import type { Instant } from '../time.ts';
import type { LinkSigner } from '../ports/link-signer.ts';
import { seal, unseal } from './sealed-text.ts';

/** What a token says. It authorises deciding this plan, nothing else. */
export interface LinkClaims {
  approvalId: string;
  planHash: string;
  /** Who the link was made for; recorded with the decision. */
  approver: string;
  expiresAt: Instant;
}

/** Longest token that is looked at; ours are about 350 characters, and KMS takes messages up to 4,096 bytes. */
export const MAX_TOKEN = 1_024;

const PURPOSE = 'portcullis/approval-link/v1:';

const Payload = z.strictObject({
  v: z.literal(1),
  kid: z.string().min(1).max(200),
  aid: z.string().min(1).max(100),
  ph: z.string().min(1).max(100),
  ap: z.string().min(1).max(254),
  /** Milliseconds since the epoch. */
  exp: z.int().nonnegative(),
});

/**
 * `payload.mac`, both base64url; payload = JSON {v, kid, aid, ph, ap, exp}. The same claims and key give the same token, so a link can be
 * issued again and is never stored.
 */
export async function issueToken(signer: LinkSigner, claims: LinkClaims): Promise<string> {
  const payload = Payload.parse({
    v: 1,
    kid: signer.keyId,
    aid: claims.approvalId,
    ph: claims.planHash,
    ap: claims.approver,
    exp: epochMs(claims.expiresAt),
  });
  const token = await seal(signer, PURPOSE, payload);
  if (token.length > MAX_TOKEN) throw new RangeError(`An approval link of ${token.length} characters is too long.`);
  return token;
}

/** The claims of a genuine token before its expiry; null for every other text, whatever is wrong with it. */
export async function readToken(signer: LinkSigner, token: string, now: Instant): Promise<LinkClaims | null> {
  const payload = await unseal(signer, PURPOSE, token, { schema: Payload, now, maxLength: MAX_TOKEN });
  if (payload === null) return null;
  return {
    approvalId: payload.aid,
    planHash: payload.ph,
    approver: payload.ap,
    expiresAt: toInstant(payload.exp),
  };
}
