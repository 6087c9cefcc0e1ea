import * as z from 'zod';
import { idOf } from '../identity.ts';
import { Breadth } from '../net/breadth.ts';
import { Protocol } from '../net/protocol.ts';

export const PortClass = z.enum(['high-risk-port', 'high-risk-service', 'high-risk-console', 'risk-port']);
export type PortClass = z.infer<typeof PortClass>;

/** Ascending; `--fail-on` and filters compare by position. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export const Severity = z.enum(SEVERITIES);
export type Severity = z.infer<typeof Severity>;

export const Verdict = z.enum(['confirmed', 'unexplained', 'latent', 'clean']);
export type Verdict = z.infer<typeof Verdict>;

/** `closing`: an approved change is under way. */
export const FindingStatus = z.enum(['open', 'whitelisted', 'closing', 'closed']);
export type FindingStatus = z.infer<typeof FindingStatus>;

/** One firewall rule that lets the port in. */
export const Admission = z.object({
  ruleId: z.string(),
  /** Source as the rule has it, such as `0.0.0.0/0`. */
  source: z.string(),
  /** How wide the source is. */
  breadth: Breadth,
  /** Nobody wrote a rule: it is let in because nothing shuts it out, or because the rules cannot be read. */
  byDefault: z.literal(true).optional(),
});
export type Admission = z.infer<typeof Admission>;

/** Something people must still be told about a finding. Added before the telling, removed after it: a crash may repeat one, it loses none. */
export const Untold = z.object({
  kind: z.enum([
    'found',
    'opened',
    'reopened',
    'exception-expired',
    'resolved',
    'change-failed',
    'rolled-back',
    'needs-person',
    'change-waits',
    'line-stopped',
  ]),
  /** With the finding's id this names the event: the same event is told once. */
  occurrence: z.number().int(),
  at: z.string(),
  note: z.string().nullable(),
  /** The change that closes it is being planned; people are told of both at once. */
  awaitsPlan: z.literal(true).optional(),
});
export type Untold = z.infer<typeof Untold>;

/** One exposure that needs a person. Its id is a hash of account, region, address, protocol and port: stable for ever. */
export const Finding = z.object({
  id: z.string(),
  version: z.number().int(),
  account: z.string(),
  region: z.string(),
  address: z.string(),
  protocol: Protocol,
  /** 0: every port (`core/net/every-port.ts`). */
  port: z.number().int(),
  class: PortClass,
  severity: Severity,
  verdict: Verdict,
  status: FindingStatus,
  /** Name of the service that usually listens on this port. */
  service: z.string().nullable(),
  owner: z.string().nullable(),
  ownerEmail: z.string().nullable(),
  /** False when nothing outside this machine can reach the address: listed, never alerted. */
  exposed: z.boolean(),
  admittedBy: z.array(Admission),
  /** Who let it in, when and from where, one line; null when nobody is known. */
  openedBy: z.string().nullable().default(null),
  whitelistedBy: z.string().nullable(),
  /** True when the port was already open at the first look: a baseline, not an event. */
  baseline: z.boolean(),
  /** The transition of the port that this state of the finding belongs to. */
  transition: z.number().int(),
  /** How often this exposure has opened, from 1. */
  occurrence: z.number().int(),
  untold: z.array(Untold),
  /** The newest approval and plan made for it. */
  approvalId: z.string().nullable(),
  planId: z.string().nullable(),
  openedAt: z.string(),
  observedAt: z.string(),
  alertedAt: z.string().nullable(),
  approvedAt: z.string().nullable(),
  changedAt: z.string().nullable(),
  verifiedAt: z.string().nullable(),
  closedAt: z.string().nullable(),
});
export type Finding = z.infer<typeof Finding>;

export function findingIdOf(account: string, region: string, address: string, protocol: string, port: number): string {
  return idOf('f', account, region, address, protocol, port);
}

/** People are told in groups: all findings of one owner at one address. */
export function alertGroupOf(finding: Pick<Finding, 'owner' | 'address'>): string {
  return `${finding.owner ?? 'unowned'}|${finding.address}`;
}

/** The finding with its openings marked as waiting for their plan. */
export function awaitingPlan(finding: Finding): Finding {
  const untold = finding.untold.map((mark) => (isOpening(mark.kind) ? { ...mark, awaitsPlan: true as const } : mark));
  return { ...finding, untold };
}

/** Its marks once it is known what can be done about it. */
export function withoutWaiting(untold: readonly Untold[]): Untold[] {
  return untold.map(({ kind, occurrence, at, note }) => ({ kind, occurrence, at, note }));
}

export function atLeast(severity: Severity, floor: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(floor);
}

/** `found`: open at the first look. The others: opened since, or no longer permitted. Closing the port is a question after each. */
export function isOpening(kind: Untold['kind']): boolean {
  return kind === 'found' || kind === 'opened' || kind === 'reopened' || kind === 'exception-expired';
}
