import * as z from 'zod';
import { BadInput, messageOf } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { epochMs, toInstant } from '../../core/time.ts';
import { readIfThere, replaceFile } from './files.ts';

export interface SteadyClockOptions {
  /** Where the latest time handed out is kept: `clock.json` in the data directory. */
  readonly path: string;
  /** Gets one line for each time the clock of the machine went back, and when the file cannot be written. */
  readonly report: (line: string) => void;
  /** Wall time, milliseconds since the epoch. */
  readonly wall?: () => number;
  /** Milliseconds that only ever grow. */
  readonly monotonic?: () => number;
}

export interface SteadyClock extends Clock {
  /** Writes the mark once more; resolves when every write has ended. */
  close(): Promise<void>;
}

/** Slower than the wall by less than this is NTP slewing, not a jump. */
const TOLERATED_MS = 1_000;
const WRITE_EVERY_MS = 10_000;

const Mark = z.object({ mark: z.iso.datetime() });

/**
 * The time of the machine, except that it never goes back: when the wall clock does, time goes on by the monotonic clock until the wall
 * catches up. Forward corrections are followed at once. The mark makes that hold across restarts too, but for the last 10 s before a kill.
 * @throws BadInput when the file at `path` is damaged.
 */
export async function openSteadyClock(options: SteadyClockOptions): Promise<SteadyClock> {
  const { path, report } = options;
  const wall = options.wall ?? Date.now;
  const monotonic = options.monotonic ?? (() => performance.now());

  const wentBack = (byMs: number, to: number): void => {
    report(
      `the clock went back by ${Math.round(byMs / 1_000)} s: times go on from ${toInstant(to)} until it catches up; ` +
        `if the earlier time was the wrong one, stop, delete ${path} and start again`,
    );
  };

  const mark = await readMark(path);
  let last = Math.max(wall(), mark);
  let lastAt = monotonic();
  /** How far the wall was behind when it was last reported. */
  let reported = 0;
  if (mark - wall() > TOLERATED_MS) {
    reported = mark - wall();
    wentBack(reported, mark);
  }
  let writtenAt = Number.NEGATIVE_INFINITY;
  let writing: Promise<void> = Promise.resolve();

  const write = (): void => {
    writtenAt = monotonic();
    const text = `${JSON.stringify({ mark: toInstant(last) })}\n`;
    writing = writing
      .then(() => replaceFile(path, text))
      .catch((error: unknown) => report(`cannot write ${path}: ${messageOf(error)}`));
  };

  return {
    now() {
      const at = monotonic();
      const expected = last + (at - lastAt);
      const behind = expected - wall();
      if (behind > TOLERATED_MS) {
        if (behind - reported > TOLERATED_MS) wentBack(behind - reported, expected);
        reported = Math.max(reported, behind);
        last = expected;
      } else {
        reported = 0;
        last = Math.max(last, wall());
      }
      lastAt = at;
      if (at - writtenAt >= WRITE_EVERY_MS) write();
      return toInstant(last);
    },
    async close() {
      write();
      await writing;
    },
  };
}

async function readMark(path: string): Promise<number> {
  const text = await readIfThere(path);
  if (text === null) return Number.NEGATIVE_INFINITY;
  try {
    return epochMs(Mark.parse(JSON.parse(text)).mark);
  } catch (error) {
    throw new BadInput(`${path} is damaged: delete it (it only keeps times from going back across a restart)`, {
      cause: error,
    });
  }
}
