import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permutation, seedOf } from '../../../core/scanning/permutation.ts';

describe('permutation', () => {
  it('visits every index exactly once, whatever the size and the seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer(), (size, seed) => {
        const order = permutation(size, seed);
        const visited = Array.from({ length: size }, (_, i) => order(i)).sort((a, b) => a - b);
        expect(visited).toEqual(Array.from({ length: size }, (_, i) => i));
      }),
    );
  });

  it('visits all 65,535 ports once', () => {
    const order = permutation(65_535, 7);
    expect(new Set(Array.from({ length: 65_535 }, (_, i) => order(i))).size).toBe(65_535);
  });

  it('is the same for the same seed and another one for another seed', () => {
    const list = (seed: number) => Array.from({ length: 1_000 }, (_, i) => permutation(1_000, seed)(i));
    expect(list(1)).toEqual(list(1));
    expect(list(1)).not.toEqual(list(2));
  });

  it('spreads: the first tenth of the order reaches every tenth of the ports about equally', () => {
    const order = permutation(65_535, seedOf('s-0000000000000001'));
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 6_553; i += 1) tenths[Math.floor(order(i) / 6_554)]! += 1;
    for (const count of tenths) {
      expect(count).toBeGreaterThan(550);
      expect(count).toBeLessThan(760);
    }
  });
});

describe('seedOf', () => {
  it('is the published FNV-1a hash, so that a stored shard id repeats the order anywhere', () => {
    expect(seedOf('')).toBe(0x811c9dc5);
    expect(seedOf('a')).toBe(0xe40c292c);
    expect(seedOf('foobar')).toBe(0xbf9cf968);
  });
});
