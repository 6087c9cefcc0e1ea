import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cookies } from '../../../../core/scanning/syn/cookies.ts';

/** HalfSipHash-2-4 as its paper's reference code has it, byte by byte. */
function halfSipHash(key: readonly [number, number], message: Uint8Array): number {
  const rotate = (value: number, bits: number): number => ((value << bits) | (value >>> (32 - bits))) >>> 0;
  let [a, b, c, d] = [key[0] >>> 0, key[1] >>> 0, (0x6c796765 ^ key[0]) >>> 0, (0x74656462 ^ key[1]) >>> 0];
  const round = (): void => {
    a = (a + b) >>> 0;
    b = rotate(b, 5);
    b = (b ^ a) >>> 0;
    a = rotate(a, 16);
    c = (c + d) >>> 0;
    d = rotate(d, 8);
    d = (d ^ c) >>> 0;
    a = (a + d) >>> 0;
    d = rotate(d, 7);
    d = (d ^ a) >>> 0;
    c = (c + b) >>> 0;
    b = rotate(b, 13);
    b = (b ^ c) >>> 0;
    c = rotate(c, 16);
  };
  const padded = new Uint8Array((Math.floor(message.length / 4) + 1) * 4);
  padded.set(message);
  padded[padded.length - 1] = message.length;
  const view = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 4) {
    const word = view.getUint32(at, true);
    d = (d ^ word) >>> 0;
    round();
    round();
    a = (a ^ word) >>> 0;
  }
  c = (c ^ 0xff) >>> 0;
  for (let i = 0; i < 4; i += 1) round();
  return (b ^ d) >>> 0;
}

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const port = fc.integer({ min: 1, max: 65_535 });

describe('sequence numbers', () => {
  it('the slow hash gives the published values for the key 00 01 .. 07', () => {
    // vectors.h of the SipHash reference: messages of 0, 4 and 8 bytes 00 01 02 ...
    const hex = (bytes: number): string => {
      const message = Uint8Array.from({ length: bytes }, (_, i) => i);
      const hash = halfSipHash([0x03020100, 0x07060504], message);
      return Buffer.from(Uint32Array.of(hash).buffer).toString('hex');
    };
    expect([hex(0), hex(4), hex(8)]).toEqual(['a9359f5b', '2a6e4689', 'd0b8848f']);
  });

  it.each([
    ['IPv4', 1],
    ['IPv6', 4],
  ] as const)('are HalfSipHash of address and ports for %s', (_name, words) => {
    fc.assert(
      fc.property(
        fc.tuple(word, word),
        fc.array(word, { minLength: words, maxLength: words }),
        port,
        port,
        (key, address, source, to) => {
          const cookies = new Cookies(key, 3, words);
          cookies.set(1, address);
          const message = Int32Array.of(...address, (source << 16) | to);
          expect(cookies.of(1, source, to)).toBe(halfSipHash(key, new Uint8Array(message.buffer)));
        },
      ),
    );
  });

  it('differ between keys, hosts and ports', () => {
    const of = (key: readonly [number, number], address: number, source: number, to: number): number => {
      const cookies = new Cookies(key, 1, 1);
      cookies.set(0, [address]);
      return cookies.of(0, source, to);
    };
    const all = [of([1, 2], 7, 61_000, 80), of([1, 3], 7, 61_000, 80), of([1, 2], 8, 61_000, 80)];
    all.push(of([1, 2], 7, 61_001, 80), of([1, 2], 7, 61_000, 81));
    expect(new Set(all).size).toBe(5);
  });
});
