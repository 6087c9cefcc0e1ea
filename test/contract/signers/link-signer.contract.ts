import { describe, expect, it } from 'vitest';
import { issueToken, readToken } from '../../../core/approvals/link.ts';
import type { LinkSigner } from '../../../core/ports/link-signer.ts';

const NOW = '2026-03-01T09:00:00.000Z';
const CLAIMS = {
  approvalId: 'a-0123456789abcdef',
  planHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  approver: 'alice@example.com',
  expiresAt: '2026-03-01T13:00:00.000Z',
};
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** What every signer of approval links does. `make` gives a signer with a key of its own; `again` a second signer with the same key. */
export function describeLinkSigner(
  name: string,
  make: () => Promise<{ signer: LinkSigner; again: () => LinkSigner }>,
): void {
  describe(`link signer on ${name}`, () => {
    it('accepts what it signed, also from another process with the same key', async () => {
      const { signer, again } = await make();
      const mac = await signer.sign('a message');
      expect(await signer.verify('a message', mac, signer.keyId)).toBe(true);
      expect(await again().verify('a message', mac, signer.keyId)).toBe(true);
      expect(await again().sign('a message')).toBe(mac);
    });

    it('signs any text: empty, outside ASCII, with control characters, as long as a link can be', async () => {
      const { signer } = await make();
      const texts = ['', 'Müller 🚪', 'a\u0000b\n', 'x'.repeat(1_024)];
      for (const text of texts) {
        const mac = await signer.sign(text);
        expect(mac).toMatch(/^[A-Za-z0-9_-]{43}$/);
        expect(await signer.verify(text, mac, signer.keyId)).toBe(true);
        expect(await signer.verify(`${text} `, mac, signer.keyId)).toBe(false);
      }
    });

    it('refuses a MAC with any bit of its first or last byte changed', async () => {
      const { signer } = await make();
      const mac = Buffer.from(await signer.sign('m'), 'base64url');
      for (const at of [0, 31]) {
        for (let bit = 0; bit < 8; bit += 1) {
          const wrong = Buffer.from(mac);
          wrong[at] = mac[at]! ^ (1 << bit);
          const accepted = await signer.verify('m', wrong.toString('base64url'), signer.keyId);
          expect({ at, bit, accepted }).toEqual({ at, bit, accepted: false });
        }
      }
    });

    it('refuses what is no MAC at all, and does not throw', async () => {
      const { signer } = await make();
      const mac = await signer.sign('m');
      const bytes = Buffer.from(mac, 'base64url');
      const twins = Array.from(ALPHABET, (char) => mac.slice(0, -1) + char).filter(
        (twin) => twin !== mac && Buffer.from(twin, 'base64url').equals(bytes),
      );
      expect(twins).toHaveLength(3);
      const inBase64 = bytes.toString('base64');
      const others = [
        '',
        'AAAA',
        mac.slice(0, -1),
        `${mac}A`,
        `${mac}AAAA`,
        `${mac}\n`,
        ` ${mac}`,
        inBase64,
        'ö'.repeat(43),
      ];
      for (const wrong of [...twins, ...others]) {
        const accepted = await signer.verify('m', wrong, signer.keyId);
        expect({ wrong, accepted }).toEqual({ wrong, accepted: false });
      }
    });

    it('refuses a MAC of another key, whichever of the two keys it is said to be of', async () => {
      const [{ signer: mine }, { signer: other }] = [await make(), await make()];
      const mac = await other.sign('m');
      expect(mine.keyId).not.toBe(other.keyId);
      expect(await mine.verify('m', mac, mine.keyId)).toBe(false);
      expect(await mine.verify('m', mac, other.keyId)).toBe(false);
      expect(await mine.verify('m', await mine.sign('m'), other.keyId)).toBe(false);
    });

    it('makes tokens of one form and length, that its successor refuses after a change of keys', async () => {
      const [{ signer: before, again }, { signer: after }] = [await make(), await make()];
      const [old, fresh] = [await issueToken(before, CLAIMS), await issueToken(after, CLAIMS)];
      for (const token of [old, fresh]) expect(token).toMatch(/^[A-Za-z0-9_-]{200,400}\.[A-Za-z0-9_-]{43}$/);
      expect(old).toHaveLength(fresh.length);
      expect(await issueToken(again(), CLAIMS)).toBe(old);
      expect(await readToken(before, old, NOW)).toEqual(CLAIMS);
      expect(await readToken(after, fresh, NOW)).toEqual(CLAIMS);
      expect(await readToken(after, old, NOW)).toBeNull();
      expect(await readToken(before, fresh, NOW)).toBeNull();
    });
  });
}
