import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partsOf } from '../../../core/fingerprints/result-parts.ts';
import { anAddressResult, anOpenPort, aShardResult } from '../../builders/shard-result.ts';

const MESSAGE = 256 * 1_024;

/** So many open ports, one address each. */
const resultOf = (open: readonly number[]) => ({
  ...aShardResult(),
  results: open.map((count, i) =>
    anAddressResult({ address: `10.0.0.${i}`, open: Array.from({ length: count }, (_, port) => anOpenPort(port + 1)) }),
  ),
});

describe('a result as messages', () => {
  it('is one when it fits, also when nothing was seen', () => {
    for (const open of [[], [3, 0, 2_048]]) expect(partsOf(resultOf(open))).toEqual([resultOf(open)]);
  });

  it('of eight addresses with every port open is several, each of which fits', () => {
    const whole = resultOf(Array.from({ length: 8 }, () => 2_048));
    const parts = partsOf(whole);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) {
      expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThan(MESSAGE);
      const { goesOn: _goesOn, ...rest } = part;
      expect({ ...rest, results: whole.results }).toEqual(whole);
    }
  });

  it('ends its shard with the last one, which knows what could not be found out in those before', () => {
    const whole = resultOf([2_048, 2_048, 2_048]);
    const unknown = ['3000-3009', '', '4000'];
    const parts = partsOf({
      ...whole,
      results: whole.results.map((one, i) => ({ ...one, unknown: unknown[i] ?? '' })),
    });
    expect(parts.map(({ goesOn, unknownBefore }) => ({ goesOn, unknownBefore }))).toEqual([
      { goesOn: true, unknownBefore: undefined },
      { goesOn: undefined, unknownBefore: 10 },
    ]);
  });

  it('has every address in one message, whatever is open', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2_048 }), { maxLength: 12 }), (open) => {
        const whole = resultOf(open);
        const parts = partsOf(whole);
        expect(parts.flatMap(({ results }) => results)).toEqual(whole.results);
        for (const part of parts) expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThan(MESSAGE);
      }),
      { numRuns: 30 },
    );
  });
});
