import type { Finding } from '../findings/finding.ts';
import { canonicalJson } from '../identity.ts';
import { epochMs, type Instant, seconds, toInstant } from '../time.ts';

const TOLD = [
  'status',
  'severity',
  'verdict',
  'class',
  'occurrence',
  'service',
  'owner',
  'admittedBy',
  'whitelistedBy',
] as const satisfies readonly (keyof Finding)[];

/** True when a console would show the finding differently than `before`: times alone are no news. */
export function isWorthTelling(before: Finding | undefined, now: Finding): boolean {
  return before === undefined || TOLD.some((field) => canonicalJson(before[field]) !== canonicalJson(now[field]));
}

/**
 * When a stored version was written, told apart within one second: a stream gives whole seconds, and a console ignores an update that is
 * not later than what it has. The version counts the milliseconds, so a redelivered version has the same time again and never
 * overtakes a newer one. Only a pair of versions written within one second across a multiple of 1,000 comes in the wrong order.
 */
export function versionInstant(writtenAt: Instant, version: number): Instant {
  const wholeSecond = Math.floor(epochMs(writtenAt) / seconds(1)) * seconds(1);
  return toInstant(wholeSecond + (version % seconds(1)));
}
