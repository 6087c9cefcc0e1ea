import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { LinkSigner } from '../../core/ports/link-signer.ts';

/** 256 bits: as strong as the hash. */
const MIN_KEY_BYTES = 32;

/** HMAC-SHA-256 with the bytes of the data directory's key file. @throws RangeError for a key under 32 bytes. */
export function fileLinkSigner(key: Uint8Array): LinkSigner {
  if (key.length < MIN_KEY_BYTES) {
    throw new RangeError(`The approval link key has ${key.length} bytes; it needs at least ${MIN_KEY_BYTES}.`);
  }
  const bytes = Buffer.from(key);
  const keyId = `file-${createHash('sha256').update('portcullis key id').update(bytes).digest('hex').slice(0, 12)}`;
  const macOf = (message: string): Buffer => createHmac('sha256', bytes).update(message, 'utf8').digest();
  return {
    keyId,
    async sign(message) {
      return macOf(message).toString('base64url');
    },
    async verify(message, mac, id) {
      const given = Buffer.from(mac, 'base64url');
      const expected = macOf(message);
      const same = given.length === expected.length && timingSafeEqual(given, expected);
      return same && id === keyId && given.toString('base64url') === mac;
    },
  };
}
