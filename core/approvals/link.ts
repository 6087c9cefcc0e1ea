import * as z from 'zod';
import { epochMs, toInstant } from '../time.ts';
import type { Instant } from '../time.ts';
import type { LinkSigner } from '../ports/link-signer.ts';

/** What a token says. It authorises deciding this plan, nothing else. */
export interface LinkClaims {
  approvalId: string;
  planHash: string;
  /** Who the link was made for; recorded with the decision. */
  approver: string;
  expiresAt: Instant;
}

/** Longest token that is looked at; ours are about 350 characters, and KMS takes messages up to 4,096 bytes. */
const MAX_TOKEN = 1_024;

/** Keeps a MAC made for a link from meaning anything elsewhere. */
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
  const text = toBase64url(JSON.stringify(payload));
  const token = `${text}.${await signer.sign(PURPOSE + text)}`;
  if (token.length > MAX_TOKEN) throw new RangeError(`An approval link of ${token.length} characters is too long.`);
  return token;
}

/** The claims of a genuine token before its expiry; null for every other text, whatever is wrong with it. */
export async function readToken(signer: LinkSigner, token: string, now: Instant): Promise<LinkClaims | null> {
  if (token.length > MAX_TOKEN) return null;
  const match = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(token);
  if (!match) return null;
  const [, text, mac] = match as unknown as [string, string, string];
  const payload = readPayload(text);
  if (payload === null || !isCanonical(mac)) return null;
  if (!(await signer.verify(PURPOSE + text, mac, payload.kid))) return null;
  if (epochMs(now) >= payload.exp) return null;
  return {
    approvalId: payload.aid,
    planHash: payload.ph,
    approver: payload.ap,
    expiresAt: toInstant(payload.exp),
  };
}

function readPayload(text: string): z.infer<typeof Payload> | null {
  try {
    const parsed = Payload.safeParse(JSON.parse(fromBase64url(text)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** The last character of base64 may carry bits that decode to nothing: two texts, one MAC. Only the one with zeros is ours. */
function isCanonical(mac: string): boolean {
  try {
    return trimmed(btoa(binaryOf(mac))) === mac;
  } catch {
    return false;
  }
}

function toBase64url(text: string): string {
  return trimmed(btoa(String.fromCodePoint(...new TextEncoder().encode(text))));
}

function fromBase64url(text: string): string {
  const bytes = Uint8Array.from(binaryOf(text), (char) => char.codePointAt(0) as number);
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

function binaryOf(base64url: string): string {
  return atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
}

function trimmed(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
