import { timingSafeEqual } from 'node:crypto';

/**
 * Every user of this machine, and every web page in its browsers, can reach a loopback port. The embedded services therefore answer only
 * to the access key that was drawn at this start. Not a signature check: on loopback nobody reads along.
 */
export function hasAccessKey(authorization: string | undefined, accessKeyId: string): boolean {
  const given = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\//.exec(authorization ?? '')?.[1] ?? '';
  const a = Buffer.from(given);
  const b = Buffer.from(accessKeyId);
  return a.length === b.length && timingSafeEqual(a, b);
}
