import { BadInput } from '../errors.ts';
import { days, hours, minutes, seconds } from '../time.ts';

const UNITS = { s: seconds(1), m: minutes(1), h: hours(1), d: days(1) } as const;

/**
 * Milliseconds of `10s`, `5m`, `1h`, `7d`.
 * @param range shortest and longest allowed, in the same notation
 * @throws BadInput naming the text and what is allowed.
 */
export function parseDuration(text: string, range: { min: string; max: string }): number {
  const allowed = `write a number and s, m, h or d, ${range.min} to ${range.max}`;
  const ms = read(text);
  if (ms === undefined) throw new BadInput(`"${text}" is not a duration: ${allowed}`);
  if (ms < known(range.min) || ms > known(range.max)) throw new BadInput(`"${text}" is out of range: ${allowed}`);
  return ms;
}

function read(text: string): number | undefined {
  const match = /^(\d{1,9})(s|m|h|d)$/.exec(text.trim());
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : undefined;
}

function known(limit: string): number {
  const ms = read(limit);
  if (ms === undefined) throw new RangeError(`${limit} is not a duration`);
  return ms;
}
