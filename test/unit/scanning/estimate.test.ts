import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addSums, type Estimate, estimateOf, NOTHING_MEASURED, sumsOf } from '../../../core/scanning/estimate.ts';

const anEstimate: fc.Arbitrary<Estimate> = fc.record({
  loss: fc.double({ min: 0, max: 1, noNaN: true }),
  missedOpen: fc.double({ min: 0, max: 65_535, noNaN: true }),
  receiveDrops: fc.nat({ max: 1_000_000 }),
  probes: fc.nat({ max: 5_000_000 }),
});
const total = (estimates: readonly Estimate[]): Estimate | null =>
  estimateOf(estimates.reduce((sum, estimate) => addSums(sum, sumsOf(estimate)), NOTHING_MEASURED));

describe('estimates of shards', () => {
  it('add up to that of the run: loss weighed by probes, missed openings and drops as they are', () => {
    expect(
      total([
        { loss: 0.5, missedOpen: 0.25, receiveDrops: 3, probes: 100 },
        { loss: 0, missedOpen: 1.5, receiveDrops: 0, probes: 300 },
      ]),
    ).toEqual({ loss: 0.125, missedOpen: 1.75, receiveDrops: 3, probes: 400 });
  });

  it('are none when nothing was measured, and keep drops of a scan that sent nothing', () => {
    expect([total([]), estimateOf(sumsOf(null))]).toEqual([null, null]);
    const drops = { loss: 0, missedOpen: 0, receiveDrops: 2, probes: 0 };
    expect(total([drops])).toEqual(drops);
  });

  it('are the same in every order, to the last digit', () => {
    fc.assert(
      fc.property(fc.array(anEstimate, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (estimates, keys) => {
        const shuffled = estimates
          .map((estimate) => ({ estimate, key: keys.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ estimate }) => estimate);
        expect(total(shuffled)).toEqual(total(estimates));
      }),
    );
  });

  it('are near the plain sums, a thousandth for each shard', () => {
    fc.assert(
      fc.property(fc.array(anEstimate, { minLength: 1, maxLength: 30 }), (estimates) => {
        const sum = (of: (one: Estimate) => number): number => estimates.reduce((all, one) => all + of(one), 0);
        const run = total(estimates);
        const near = 0.001 * estimates.length;
        expect(Math.abs((run?.missedOpen ?? 0) - sum(({ missedOpen }) => missedOpen))).toBeLessThanOrEqual(near);
        const lost = (run?.loss ?? 0) * (run?.probes ?? 0);
        expect(Math.abs(lost - sum(({ loss, probes }) => loss * probes))).toBeLessThanOrEqual(near);
        expect(run?.receiveDrops ?? 0).toBe(sum(({ receiveDrops }) => receiveDrops));
      }),
    );
  });

  it('can be taken away again', () => {
    fc.assert(
      fc.property(anEstimate, anEstimate, (a, b) => {
        expect(addSums(addSums(sumsOf(a), sumsOf(b)), sumsOf(b), -1)).toEqual(sumsOf(a));
      }),
    );
  });
});
