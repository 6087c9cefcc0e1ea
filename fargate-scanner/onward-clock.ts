import type { Clock } from '../core/ports/clock.ts';
import { epochMs, toInstant } from '../core/time.ts';

/** The time from now on, which goes on when somebody sets the clock back, and jumps with it when it is set forward or the machine slept. */
export function onwardClock(clock: Clock): Clock {
  const [from, at] = [epochMs(clock.now()), performance.now()];
  return { now: () => toInstant(Math.max(epochMs(clock.now()), Math.floor(from + performance.now() - at))) };
}
