import { describe, expect, it } from 'vitest';
import { quietRepeats } from '../../../adapters/local/quiet-repeats.ts';

describe('a log that does not repeat itself', () => {
  const lines: unknown[] = [];
  const write = (message: string, fields?: object) => void lines.push([message, fields]);
  let now = 0;
  const log = quietRepeats({ info: write, warn: write }, () => now);
  const fail = (task: string) => log.warn('a scheduled task failed', { task });

  it('says the same once a minute, with the count of what it left out, and everything that differs', () => {
    for (let second = 0; second < 60; second += 1) {
      now = second * 1_000;
      fail('2');
    }
    fail('4');
    expect(lines).toEqual([
      ['a scheduled task failed', { task: '2' }],
      ['a scheduled task failed', { task: '4' }],
    ]);
    now = 60_000;
    fail('2');
    expect(lines.at(-1)).toEqual(['a scheduled task failed', { task: '2', repeated: 59 }]);
    now = 120_000;
    fail('2');
    expect(lines.at(-1)).toEqual(['a scheduled task failed', { task: '2' }]);
  });
});
