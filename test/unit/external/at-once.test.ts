import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../fargate-scanner/engines/external/at-once.ts';

/** Streams that say who they are three times, and how many of them run. */
function streams(count: number) {
  const state = { running: 0, most: 0, ended: 0, aborted: 0 };
  const make = (number: number) =>
    async function* one(signal: AbortSignal): AsyncGenerator<string, void> {
      state.running += 1;
      state.most = Math.max(state.most, state.running);
      try {
        for (let i = 0; i < 3; i += 1) {
          await sleep(1);
          yield `${number}${'abc'[i]}`;
        }
      } finally {
        state.running -= 1;
        state.ended += 1;
        if (signal.aborted) state.aborted += 1;
      }
    };
  return { state, made: Array.from({ length: count }, (_, number) => make(number)) };
}

async function all(stream: AsyncIterable<string>): Promise<string[]> {
  const said: string[] = [];
  for await (const text of stream) said.push(text);
  return said;
}

describe('streams at once', () => {
  it.each([1, 2, 9])('are read to their ends, at most %d of them', async (most) => {
    const { state, made } = streams(5);
    const said = await all(atOnce(made, most));
    expect(said.toSorted()).toEqual([0, 1, 2, 3, 4].flatMap((number) => [`${number}a`, `${number}b`, `${number}c`]));
    for (const number of [0, 1, 2, 3, 4]) {
      expect(said.filter((text) => text.startsWith(`${number}`))).toEqual([`${number}a`, `${number}b`, `${number}c`]);
    }
    expect(state).toMatchObject({ running: 0, most: Math.min(most, 5), ended: 5, aborted: 0 });
  });

  it('are all ended, and told so, when nobody reads any further', async () => {
    const { state, made } = streams(5);
    for await (const text of atOnce(made, 2)) if (text.endsWith('b')) break;
    expect(state).toMatchObject({ running: 0, most: 2, ended: 2 });
    expect(state.aborted).toBeGreaterThan(0);
  });

  it('end all of them when one fails', async () => {
    const { state, made } = streams(2);
    const failing = async function* failing(): AsyncGenerator<string, void> {
      yield 'x';
      throw new Error('broken');
    };
    await expect(all(atOnce([...made, failing], 3))).rejects.toThrow('broken');
    expect(state.running).toBe(0);
  });
});
