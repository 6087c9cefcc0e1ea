import { describe, expect, it } from 'vitest';
import { tellFullDiskOnce } from '../../../local/machine/full-disk.ts';

const TOLD = 'the disk of /data is full: nothing new can be recorded; make room, and everything goes on by itself';

describe('what a full disk makes fail', () => {
  const written: string[] = [];
  let now = 0;
  const tell = tellFullDiskOnce(
    (line) => written.push(line),
    '/data',
    () => now,
  );

  it('is told as one line a minute, whoever says it in whatever words; other lines pass', () => {
    for (const line of [
      '{"reason":"Could not list RUN#7. (Database failed to open (IO error: /data/000005.ldb: No space left on device))"}',
      '{"message":"a scheduled task failed","reason":"database or disk is full"}',
      'cannot write /data/clock.json: ENOSPC: no space left on device, write',
      'something else',
    ])
      tell(line);
    expect(written).toEqual([TOLD, 'something else']);
    now = 59_999;
    tell('database or disk is full');
    expect(written).toHaveLength(2);
    now = 60_000;
    tell('database or disk is full');
    expect(written).toEqual([TOLD, 'something else', TOLD]);
  });
});
