import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeNewest, type Timed } from '../../../adapters/aws/dynamo/newest-first.ts';

async function* streamOf(keys: readonly number[], pulled: number[]): AsyncGenerator<Timed<number>> {
  for (const key of [...keys].sort((a, b) => b - a)) {
    pulled.push(key);
    yield { id: `id-${key}`, key: String(key).padStart(6, '0'), row: key };
  }
}

describe('takeNewest', () => {
  it('is the sorted union cut at the limit, each id once', async () => {
    const keys = fc.array(fc.array(fc.nat(500), { maxLength: 40 }), { maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(keys, fc.nat(60), async (streams, limit) => {
        const taken = await takeNewest(
          streams.map((stream) => streamOf(stream, [])),
          limit,
        );
        const union = [...new Set(streams.flat())].sort((a, b) => b - a);
        expect(taken).toEqual(union.slice(0, limit));
      }),
    );
  });

  it('pulls no more than it needs', async () => {
    const pulled: number[] = [];
    const numbers = Array.from({ length: 1_000 }, (_, i) => i);
    await takeNewest([streamOf(numbers, pulled), streamOf([], pulled), streamOf([2_000, 2_001], pulled)], 5);
    expect(pulled.length).toBeLessThanOrEqual(8);
  });

  it('fails when one stream fails', async () => {
    async function* broken(): AsyncGenerator<Timed<number>> {
      yield { id: 'a', key: '1', row: 1 };
      throw new Error('page 2 is gone');
    }
    await expect(takeNewest([broken(), streamOf([0], [])], 5)).rejects.toThrow('page 2 is gone');
  });
});
