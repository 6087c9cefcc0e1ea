import type * as z from 'zod';
import { epochMs, type Instant } from '../time.ts';
import type { LinkSigner } from '../ports/link-signer.ts';

/** What every payload carries: the key that sealed it, and when it ends, milliseconds since the epoch. */
interface Sealed {
  readonly kid: string;
  readonly exp: number;
}

/**
 * `payload.mac`, both base64url; payload = JSON. It can be read by whoever has it and made by nobody without the key. `purpose` keeps a MAC
 * made for one thing from meaning anything elsewhere.
 */
export async function seal(signer: LinkSigner, purpose: string, payload: Sealed): Promise<string> {
  const text = toBase64url(JSON.stringify(payload));
  return `${text}.${await signer.sign(purpose + text)}`;
}

/** The payload of a genuine text before its end; null for every other text, whatever is wrong with it. @throws when the key cannot be used */
export async function unseal<T extends Sealed>(
  signer: LinkSigner,
  purpose: string,
  sealed: string,
  { schema, now, maxLength }: { schema: z.ZodType<T>; now: Instant; maxLength: number },
): Promise<T | null> {
  if (sealed.length > maxLength) return null;
  const match = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(sealed);
  if (!match) return null;
  const [, text, mac] = match as unknown as [string, string, string];
  const payload = readPayload(schema, text);
  if (payload === null || !isCanonical(mac)) return null;
  if (!(await signer.verify(purpose + text, mac, payload.kid))) return null;
  return epochMs(now) >= payload.exp ? null : payload;
}

function readPayload<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    const parsed = schema.safeParse(JSON.parse(fromBase64url(text)));
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
