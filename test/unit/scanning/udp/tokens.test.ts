import { expect, it } from 'vitest';
import { tokensOf } from '../../../../core/scanning/udp/tokens.ts';

const FOUR = Uint8Array.of(192, 0, 2, 9);
const SIX = Uint8Array.from({ length: 16 }, (_, i) => i);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

it('gives each port of each address, and each scan, sixteen bytes of its own, and always the same', () => {
  const all = new Set<string>();
  for (const key of [
    [1, 2],
    [1, 3],
    [7, 2],
  ] as const) {
    for (const address of [FOUR, SIX, Uint8Array.of(192, 0, 2, 10)]) {
      for (const port of [53, 54, 65_535]) {
        expect(tokensOf(key, address)(port)).toHaveLength(16);
        expect(tokensOf(key, address)(port)).toEqual(tokensOf(key, Uint8Array.from(address))(port));
        all.add(hex(tokensOf(key, address)(port)));
      }
    }
  }
  expect(all.size).toBe(27);
});

it('repeats none of its words', () => {
  const words = Array.from({ length: 1_000 }, (_, port) => hex(tokensOf([5, 6], FOUR)(port)).match(/.{8}/g) ?? []);
  // Of 4,000 random numbers of 32 bits hardly two are equal.
  expect(new Set(words.flat()).size).toBeGreaterThan(3_995);
});
