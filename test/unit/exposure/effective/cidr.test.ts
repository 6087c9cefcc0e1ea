import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCidr, readCidrs, textOf } from '../../../../core/exposure/effective/cidr.ts';
import { AddressSet } from '../../../../core/net/address-set.ts';
import { addressOf } from '../../../../core/net/address-number.ts';
import { normalise } from '../../../../core/net/intervals.ts';

describe('networks of rules', () => {
  it('are written as AddressSet writes them', () => {
    const ends = fc.tuple(fc.bigInt(0n, 2n ** 32n - 1n), fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 32n)));
    fc.assert(
      fc.property(fc.array(ends, { maxLength: 6 }), (list) => {
        const spans = list.map(
          ([from, more]) => [from, from + more > 2n ** 32n - 1n ? 2n ** 32n - 1n : from + more] as const,
        );
        const written = spans.map(([from, to]) => `${addressOf('v4', from)}-${addressOf('v4', to)}`);
        expect(textOf('v4', normalise(spans))).toBe(AddressSet.fromCidrs(written).toString());
      }),
      { numRuns: 1_000 },
    );
    expect(textOf('v4', [[0n, 2n ** 32n - 1n]])).toBe('0.0.0.0/0');
    expect(textOf('v6', readCidrs('v6', ['2001:db8::/33', '2001:db8:8000::/33', '::1/128']) ?? [])).toBe(
      '::1,2001:db8::/32',
    );
  });

  it.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['8.8.8.8', '8.8.8.8'],
    ['2001:db8::1/64', '2001:db8::/64'],
    ['0.0.0.0/0', '0.0.0.0/0'],
  ])('%s is %s', (text, network) => {
    const read = readCidr(text)!;
    expect(textOf(read.family, [read.interval])).toBe(network);
  });

  it.each(['', '10.0.0.0/33', '10.0.0/8', '10.0.0.0/', '10.0.0.0/-1', '::/129', 'pl-1', 'sg-1/8', '010.0.0.0/8'])(
    '%j is none',
    (text) => {
      expect(readCidr(text)).toBeNull();
    },
  );
});
