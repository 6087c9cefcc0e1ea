import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSteadyClock } from '../../../adapters/local/steady-clock.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const NINE = Date.parse('2026-03-01T09:00:00.000Z');

/** A machine whose two clocks the test sets. */
async function machine(path?: string) {
  const time = { wall: NINE, monotonic: 1_000 };
  const lines: string[] = [];
  const file = path ?? join(await temporaryDirectory(), 'clock.json');
  const open = () =>
    openSteadyClock({
      path: file,
      report: (line) => lines.push(line),
      wall: () => time.wall,
      monotonic: () => time.monotonic,
    });
  const pass = (ms: number): void => {
    time.wall += ms;
    time.monotonic += ms;
  };
  return { time, lines, file, open, pass };
}

describe('the steady clock', () => {
  it('is the wall clock while that behaves', async () => {
    const { open, pass, lines } = await machine();
    const clock = await open();
    expect(clock.now()).toBe('2026-03-01T09:00:00.000Z');
    pass(5_500);
    expect(clock.now()).toBe('2026-03-01T09:00:05.500Z');
    expect(lines).toEqual([]);
    await clock.close();
  });

  it('goes on when the wall clock goes back, and says so once', async () => {
    const { open, pass, time, lines } = await machine();
    const clock = await open();
    pass(10_000);
    clock.now();
    time.wall -= 3_600_000;
    pass(2_000);
    expect(clock.now()).toBe('2026-03-01T09:00:12.000Z');
    pass(2_000);
    expect(clock.now()).toBe('2026-03-01T09:00:14.000Z');
    expect(lines).toEqual([
      expect.stringMatching(
        /^the clock went back by 3600 s: times go on from 2026-03-01T09:00:12\.000Z until it catches up; /,
      ),
    ]);
    await clock.close();
  });

  it('follows a correction forward at once, also after it went back', async () => {
    const { open, pass, time, lines } = await machine();
    const clock = await open();
    time.wall -= 60_000;
    pass(1_000);
    expect(clock.now()).toBe('2026-03-01T09:00:01.000Z');
    time.wall += 120_000;
    expect(clock.now()).toBe('2026-03-01T09:01:01.000Z');
    time.wall -= 30_000;
    pass(1_000);
    expect(clock.now()).toBe('2026-03-01T09:01:02.000Z');
    expect(lines.map((line) => line.slice(0, 33))).toEqual([
      'the clock went back by 60 s: time',
      'the clock went back by 30 s: time',
    ]);
    await clock.close();
  });

  it('is not alarmed by slewing', async () => {
    const { open, pass, time, lines } = await machine();
    const clock = await open();
    for (let i = 0; i < 100; i += 1) {
      pass(1_000);
      time.wall -= 1;
      clock.now();
    }
    expect(clock.now()).toBe('2026-03-01T09:01:39.900Z');
    expect(lines).toEqual([]);
    await clock.close();
  });

  it('starts at the mark when the clock went back while it did not run', async () => {
    const first = await machine();
    const before = await first.open();
    first.pass(30_000);
    expect(before.now()).toBe('2026-03-01T09:00:30.000Z');
    await before.close();
    const second = await machine(first.file);
    second.time.wall = NINE - 86_400_000;
    const clock = await second.open();
    expect(clock.now()).toBe('2026-03-01T09:00:30.000Z');
    second.pass(1_000);
    expect(clock.now()).toBe('2026-03-01T09:00:31.000Z');
    expect(second.lines).toEqual([
      expect.stringMatching(/^the clock went back by 86430 s: times go on from 2026-03-01T09:00:30\.000Z/),
    ]);
    await clock.close();
  });

  it('writes its mark at most every 10 s', async () => {
    const { open, pass, file } = await machine();
    const clock = await open();
    clock.now();
    pass(9_999);
    clock.now();
    await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toContain('09:00:00.000Z');
    pass(1);
    clock.now();
    await expect.poll(() => readFile(file, 'utf8')).toContain('09:00:10.000Z');
    await clock.close();
  });

  it('reports a mark that it cannot write and goes on', async () => {
    const directory = await temporaryDirectory();
    const { open, lines } = await machine(join(directory, 'gone', 'clock.json'));
    const clock = await open();
    expect(clock.now()).toBe('2026-03-01T09:00:00.000Z');
    await clock.close();
    expect(lines[0]).toMatch(/^cannot write .*gone\/clock\.json: ENOENT/);
  });

  it.each(['', '{"mark":1}', '{"mark":"yesterday"}', 'garbage'])(
    'refuses the damaged file %j by name',
    async (text) => {
      const { open, file } = await machine();
      await writeFile(file, text);
      await expect(open()).rejects.toThrow(`${file} is damaged: delete it`);
    },
  );

  it('never goes back, whatever the wall clock does', async () => {
    const step = fc.record({
      passes: fc.integer({ min: 0, max: 5_000 }),
      jumps: fc.integer({ min: -100_000, max: 100_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const time = { wall: NINE, monotonic: 0 };
        const clock = await openSteadyClock({
          path: '/nonexistent/clock.json',
          report: () => undefined,
          wall: () => time.wall,
          monotonic: () => time.monotonic,
        });
        let last = clock.now();
        for (const { passes, jumps } of steps) {
          time.monotonic += passes;
          time.wall += passes + jumps;
          const now = clock.now();
          expect(now >= last).toBe(true);
          expect(Date.parse(now)).toBeGreaterThanOrEqual(time.wall);
          last = now;
        }
      }),
    );
  });
});
