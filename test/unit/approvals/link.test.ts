import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileLinkSigner } from '../../../adapters/local/file-link-signer.ts';
import { issueToken, readToken } from '../../../core/approvals/link.ts';

const KEY = new Uint8Array(32).fill(7);
const signer = fileLinkSigner(KEY);
const NOW = '2026-03-01T09:00:00.000Z';
const CLAIMS = {
  approvalId: 'a-0123456789abcdef',
  planHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  approver: 'alice@example.com',
  expiresAt: '2026-03-01T13:00:00.000Z',
};
const read = (token: string, now = NOW) => readToken(signer, token, now);

describe('an approval link token', () => {
  it('gives back exactly what was signed', async () => {
    expect(await read(await issueToken(signer, CLAIMS))).toEqual(CLAIMS);
  });

  it('gives back any claims that were signed, also outside ASCII', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
        fc.stringMatching(/^[0-9a-f]{64}$/),
        async (approver, planHash) => {
          const claims = { ...CLAIMS, approver, planHash };
          expect(await read(await issueToken(signer, claims))).toEqual(claims);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is the same each time it is issued, so it need not be stored', async () => {
    expect(await issueToken(signer, CLAIMS)).toBe(await issueToken(fileLinkSigner(KEY), { ...CLAIMS }));
  });

  it('is safe in a path and short enough for a message', async () => {
    const token = await issueToken(signer, CLAIMS);
    expect(token).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
    expect(token.length).toBeLessThan(400);
  });

  it('is good until the instant it expires, and not at it', async () => {
    const token = await issueToken(signer, CLAIMS);
    expect(await read(token, '2026-03-01T12:59:59.999Z')).not.toBeNull();
    expect(await read(token, '2026-03-01T13:00:00.000Z')).toBeNull();
    expect(await read(token, '2027-01-01T00:00:00.000Z')).toBeNull();
  });

  it('is refused when made with another key, and when it names another key', async () => {
    const other = fileLinkSigner(new Uint8Array(32).fill(8));
    expect(await read(await issueToken(other, CLAIMS))).toBeNull();
    const verify = (m: string, mac: string, id: string) => signer.verify(m, mac, id);
    const lying = { keyId: signer.keyId, sign: (m: string) => other.sign(m), verify };
    expect(await read(await issueToken(lying, CLAIMS))).toBeNull();
    const misnamed = { keyId: 'somebody-else', sign: (m: string) => signer.sign(m), verify };
    expect(await read(await issueToken(misnamed, CLAIMS))).toBeNull();
  });

  it('is refused with any single bit flipped', async () => {
    const token = await issueToken(signer, CLAIMS);
    for (let i = 0; i < token.length; i += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const flipped = String.fromCodePoint(token.codePointAt(i)! ^ (1 << bit));
        expect(await read(token.slice(0, i) + flipped + token.slice(i + 1)), `character ${i}, bit ${bit}`).toBeNull();
      }
    }
  });

  it('is refused cut short anywhere, and with anything added', async () => {
    const token = await issueToken(signer, CLAIMS);
    for (let i = 0; i < token.length; i += 1) expect(await read(token.slice(0, i))).toBeNull();
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 20 }), fc.nat(token.length), async (extra, where) => {
        expect(await read(token.slice(0, where) + extra + token.slice(where))).toBeNull();
      }),
    );
  });

  it('is refused with every other spelling of its last character that decodes to the same bytes', async () => {
    const token = await issueToken(signer, CLAIMS);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const bytes = Buffer.from(token.split('.')[1]!, 'base64url');
    const twins = Array.from(alphabet)
      .map((char) => token.slice(0, -1) + char)
      .filter((twin) => twin !== token && Buffer.from(twin.split('.')[1]!, 'base64url').equals(bytes));
    expect(twins).toHaveLength(3);
    for (const twin of twins) expect(await read(twin)).toBeNull();
  });

  it('is never read from arbitrary text, and arbitrary text never throws', async () => {
    const part = fc.string({ maxLength: 60 }).map((text) => Buffer.from(text).toString('base64url'));
    const anything = fc.oneof(
      fc.string({ maxLength: 2_000 }),
      fc.tuple(part, part).map((parts) => parts.join('.')),
      fc.json().map((text) => `${Buffer.from(text).toString('base64url')}.${'A'.repeat(43)}`),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (text) => {
        expect(await read(text)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('is not looked at when it is too long, however good its MAC', async () => {
    await expect(issueToken(signer, { ...CLAIMS, approver: 'x'.repeat(255) })).rejects.toThrow('Too big');
    let verified = 0;
    const counting = { ...signer, verify: async () => ++verified > 0 };
    expect(await readToken(counting, `${'A'.repeat(1_100)}.${'A'.repeat(43)}`, NOW)).toBeNull();
    expect(verified).toBe(0);
  });

  it('throws, and is not refused, when the key cannot be used: an outage must not look like a forgery', async () => {
    const broken = { ...signer, verify: () => Promise.reject(new Error('KMS is away')) };
    await expect(readToken(broken, await issueToken(signer, CLAIMS), NOW)).rejects.toThrow('KMS is away');
  });
});

describe('the key file signer', () => {
  it('refuses a key that is too short, naming both lengths', () => {
    expect(() => fileLinkSigner(new Uint8Array(31))).toThrow('has 31 bytes; it needs at least 32');
  });

  it('computes HMAC-SHA-256 (RFC 4231, test case 6)', async () => {
    const mac = await fileLinkSigner(new Uint8Array(131).fill(0xaa)).sign(
      'Test Using Larger Than Block-Size Key - Hash Key First',
    );
    expect(Buffer.from(mac, 'base64url').toString('hex')).toBe(
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    );
  });

  it('says no, and does not throw, for a MAC of another length', async () => {
    expect(await signer.verify('m', 'AAAA', signer.keyId)).toBe(false);
    expect(await signer.verify('m', '', signer.keyId)).toBe(false);
    expect(await signer.verify('m', await signer.sign('m'), signer.keyId)).toBe(true);
  });

  it('does not show its key in its id', () => {
    expect(signer.keyId).toMatch(/^file-[0-9a-f]{12}$/);
    expect(fileLinkSigner(new Uint8Array(32).fill(9)).keyId).not.toBe(signer.keyId);
  });
});
