import fc from 'fast-check';
import { expect, it } from 'vitest';
import { integer, integerOf, readValue, tagged } from '../../../../core/scanning/udp/ber.ts';

it('reads back every number it writes', () => {
  fc.assert(
    fc.property(fc.nat(0x7fff_ffff), (number) => {
      const bytes = integer(number);
      expect(integerOf(bytes, readValue(bytes, 0))).toBe(number);
    }),
  );
});

it('writes numbers as X.690 section 8.3 asks: as few bytes as there can be, and none that looks negative', () => {
  const hex = (number: number) => Buffer.from(integer(number)).toString('hex');
  expect([0, 127, 128, 255, 256, 65_507, 0x7fff_ffff].map(hex)).toEqual([
    '020100',
    '02017f',
    '02020080',
    '020200ff',
    '02020100',
    '020300ffe3',
    '02047fffffff',
  ]);
});

it('never reads beyond the end, whatever the lengths say', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(45), (bytes, at) => {
      const value = readValue(bytes, at);
      if (value === undefined) return;
      expect(value.from).toBeGreaterThan(at);
      expect(value.to).toBeGreaterThanOrEqual(value.from);
      expect(value.to).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 2_000 },
  );
});

it('refuses contents that do not fit a short length', () => {
  expect(tagged(4, 'a'.repeat(127))).toHaveLength(129);
  expect(() => tagged(4, 'a'.repeat(128))).toThrow('128 bytes do not fit');
});
