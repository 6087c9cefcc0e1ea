import type { AutoPattern } from '../../config/auto-schema.ts';
import type { Finding } from '../../findings/finding.ts';
import { AddressSet } from '../../net/address-set.ts';
import { compareBreadth } from '../../net/breadth.ts';
import { PortSet } from '../../net/port-set.ts';
import { type Instant, msBetween } from '../../time.ts';

/** Begins the name under which a policy decides; no person's name does. */
const POLICY = 'policy auto: ';

/** `pattern 1, ports 22,3389 of 192.0.2.0/28`: who decides, in the approval, the audit and what people are told. */
export function policyName(pattern: AutoPattern, index: number): string {
  return `${POLICY}pattern ${index + 1}, ports ${pattern.ports} of ${pattern.match}`;
}

export function isPolicy(decidedBy: string | null): decidedBy is string {
  return decidedBy?.startsWith(POLICY) === true;
}

/**
 * The name of the first pattern by which the exposure is closed without asking, or null. Only what was seen to open (no baseline), is
 * confirmed, and is let in from at least one public address. Ports of a pattern are of TCP: nobody who wrote 53 there thought of name servers.
 */
export function policyFor(patterns: readonly AutoPattern[], finding: Finding, now: Instant): string | null {
  const index = patterns.findIndex((pattern) => names(pattern, finding) && isNew(pattern, finding, now));
  return nameAt(patterns, index);
}

/** The same without the age: a change that had to wait since it was approved is not refused for that. */
export function policyStill(patterns: readonly AutoPattern[], finding: Finding): string | null {
  return nameAt(
    patterns,
    patterns.findIndex((pattern) => names(pattern, finding)),
  );
}

function nameAt(patterns: readonly AutoPattern[], index: number): string | null {
  const pattern = patterns[index];
  return pattern === undefined ? null : policyName(pattern, index);
}

function names({ match, ports, accounts, regions, classes }: AutoPattern, finding: Finding): boolean {
  return (
    finding.protocol === 'tcp' &&
    isNewlyPublic(finding) &&
    AddressSet.parse(match).has(finding.address) &&
    PortSet.parse(ports).has(finding.port) &&
    (accounts === null || accounts.includes(finding.account)) &&
    (regions === null || regions.includes(finding.region)) &&
    (classes === null || classes.includes(finding.class))
  );
}

function isNewlyPublic({ baseline, verdict, admittedBy }: Finding): boolean {
  const fromOutside = admittedBy.some(({ breadth }) => compareBreadth(breadth, 'single') >= 0);
  return !baseline && verdict === 'confirmed' && fromOutside;
}

/** A time in the future is a clock that went wrong: no reason to act. */
function isNew({ maxAgeMs }: AutoPattern, { openedAt }: Finding, now: Instant): boolean {
  const age = msBetween(openedAt, now);
  return age >= 0 && age < maxAgeMs;
}
