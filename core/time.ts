/**
 * A moment: ISO 8601 in UTC with milliseconds, `2026-03-01T09:00:00.000Z`.
 * The fixed width makes text order equal time order, so instants compare with `<`.
 */
export type Instant = string;

export function toInstant(msSinceEpoch: number): Instant {
  return new Date(msSinceEpoch).toISOString();
}

export function epochMs(at: Instant): number {
  const ms = Date.parse(at);
  if (Number.isNaN(ms)) throw new RangeError(`${at} is not an ISO 8601 instant`);
  return ms;
}

/** `at` moved by `ms` milliseconds (negative: back). */
export function after(at: Instant, ms: number): Instant {
  return toInstant(epochMs(at) + ms);
}

/** Milliseconds from `from` to `to`; negative when `to` is earlier. */
export function msBetween(from: Instant, to: Instant): number {
  return epochMs(to) - epochMs(from);
}

export const seconds = (n: number): number => n * 1_000;
export const minutes = (n: number): number => n * 60_000;
export const hours = (n: number): number => n * 3_600_000;
export const days = (n: number): number => n * 86_400_000;

/** `90_000` -> `1m30s`, `450` -> `450ms`: for people, not for parsing. */
export function humanDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)}s`;
  const s = Math.round(ms / 1_000);
  if (s < 60) return `${s}s`;
  if (s < 3_600) return parts(Math.floor(s / 60), 'm', s % 60, 's');
  const m = Math.round(s / 60);
  if (m < 1_440) return parts(Math.floor(m / 60), 'h', m % 60, 'm');
  return parts(Math.floor(m / 1_440), 'd', Math.round((m % 1_440) / 60), 'h');
}

function parts(large: number, unit: string, small: number, smaller: string): string {
  return `${large}${unit}${small === 0 ? '' : `${small}${smaller}`}`;
}
