import type { Admission, Finding } from '../findings/finding.ts';
import type { Protocol } from '../net/protocol.ts';
import type { Lease } from '../remediation/firewall-lock.ts';
import type { PlanBody } from '../remediation/plan.ts';
import type { Instant } from '../time.ts';

export type Capability = { able: true } | { able: false; reason: string };

/** The part of a plan that the firewall knows: what differs, how it is done and undone. */
export type Draft = Pick<
  PlanBody,
  | 'target'
  | 'place'
  | 'admittedBy'
  | 'before'
  | 'after'
  | 'steps'
  | 'inverse'
  | 'commands'
  | 'inverseCommands'
  | 'commandsBy'
  | 'affected'
  | 'needsPerson'
  | 'sessions'
>;

export interface DraftOptions {
  /** Somebody said explicitly that a rule for every protocol may be split. */
  allProtocols: boolean;
}

/**
 * Where the live firewall stands in a change. `partial`: some of its steps are made, and nothing else differs. `drifted`: somebody else
 * changed what the plan was made for.
 */
export type Standing = { kind: 'before' } | { kind: 'after' } | { kind: 'partial' | 'drifted'; why: string };

/** `changed`: proved by a fresh read. `unchanged`: proved too, `why` says what went wrong. `unknown`: the firewall is in neither state. */
export type Performed = { kind: 'changed' } | { kind: 'unchanged'; why: string } | { kind: 'unknown'; why: string };

/** What lets a port in, and how exactly that port is closed: nftables on a host, security groups on AWS. */
export interface Firewall {
  /** Can this process change what stands before the address now? */
  capability(address: string): Promise<Capability>;
  /**
   * Rules that let the port in; empty when none does. `seenAt`: when the port was observed; an older reading does not explain it.
   * @throws when the rules cannot be read: never an empty answer in its place.
   */
  admissions(address: string, port: number, protocol: Protocol, seenAt?: Instant): Promise<Admission[]>;
  /** Why the port is let in or not, a sentence for each object that decides; empty when there is no more to say than the rules. */
  why(address: string, port: number, protocol: Protocol): Promise<string[]>;
  /**
   * The exact change that closes the port, from a fresh read; nothing is changed.
   * @throws Refused when there is nothing to change or it cannot be done exactly; whatever the read threw.
   */
  draft(
    finding: Pick<Finding, 'id' | 'address' | 'protocol' | 'port' | 'admittedBy'>,
    options: DraftOptions,
  ): Promise<Draft>;
  /**
   * Why somebody does not want what the plan changes to be touched, or null: read afresh, since it may have been said after the approval.
   * @throws when it cannot be read.
   */
  reasonToKeep(body: PlanBody): Promise<string | null>;
  /** A fresh read, compared with the plan. @throws when the firewall cannot be read. */
  standing(body: PlanBody): Promise<Standing>;
  /**
   * Carries out what remains of the plan, or undoes it, and judges it by fresh reads alone: an answer may be lost after the change was made.
   * @throws what the last read threw: then nothing is known, and the same call again finds out.
   */
  perform(body: PlanBody, direction: 'forward' | 'inverse', lease: Lease): Promise<Performed>;
}

/** What must never be cut, whatever was approved. */
export interface Protection {
  /** Why closing this port is refused, or null. */
  reasonToKeep(address: string, port: number, protocol: Protocol): Promise<string | null>;
}
