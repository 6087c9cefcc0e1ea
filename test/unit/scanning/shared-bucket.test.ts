import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeBucket, SharedBucket } from '../../../core/scanning/shared-bucket.ts';

describe('SharedBucket', () => {
  it('saves up no more than 50 ms worth of tokens', () => {
    const bucket = new SharedBucket(makeBucket(1_000, 0));
    expect(bucket.available(0)).toBe(50);
    expect(bucket.available(60_000)).toBe(50);
    bucket.take();
    expect(bucket.available(60_000)).toBe(49);
    expect(bucket.available(60_001)).toBe(50);
  });

  it('gives one token at a time at a rate below twenty a second', () => {
    const bucket = new SharedBucket(makeBucket(2, 7_000));
    expect(bucket.available(7_000)).toBe(1);
    bucket.take();
    expect(bucket.available(7_499)).toBe(0);
    expect(bucket.available(7_500)).toBe(1);
  });

  it('gives out a million tokens a second for an hour and after, beyond what 32 bits count', () => {
    const bucket = new SharedBucket(makeBucket(1_000_000, 0));
    let taken = 0;
    for (let now = 0; now <= 4_000_000; now += 1_000) {
      expect(bucket.available(now)).toBe(50_000);
      for (let i = 0; i < 3; i += 1) bucket.take();
      taken += 3;
      expect(bucket.available(now)).toBe(49_997);
    }
    expect(taken).toBe(12_003);
  });

  it('never gives more than rate x time + burst, and one for each other taker, however the looks and takes of several mix', () => {
    const step = fc.record({ taker: fc.nat({ max: 3 }), after: fc.integer({ min: 0, max: 30 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.array(step, { minLength: 1, maxLength: 400 }),
        (rate, steps) => {
          const state = makeBucket(rate, 0);
          const takers = Array.from({ length: 4 }, () => ({ bucket: new SharedBucket(state), may: false }));
          const takes: number[] = [];
          let now = 0;
          for (const { taker, after } of steps) {
            now += after;
            const one = takers[taker]!;
            // Who has looked takes at its next turn, when others may have been there since.
            if (one.may) {
              one.bucket.take();
              takes.push(now);
            }
            one.may = one.bucket.available(now) >= 1;
          }
          const burst = Math.max(1, rate / 20);
          for (const [i, from] of takes.entries()) {
            const most = (rate * (now - from)) / 1_000 + burst + 4;
            expect(takes.length - i).toBeLessThanOrEqual(Math.ceil(most));
          }
        },
      ),
    );
  });

  it('lets whoever keeps asking have the whole rate', () => {
    const state = makeBucket(300, 0);
    const takers = [new SharedBucket(state), new SharedBucket(state)];
    let taken = 0;
    for (let now = 0; now < 10_000; now += 1) {
      for (const bucket of takers) {
        if (bucket.available(now) < 1) continue;
        bucket.take();
        taken += 1;
      }
    }
    expect(taken).toBe(15 + 2_999);
  });
});
