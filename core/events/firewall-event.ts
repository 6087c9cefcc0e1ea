import type { Place } from '../cloud/network.ts';
import type { RuleShape } from '../remediation/security-groups/rule-step.ts';
import type { Instant } from '../time.ts';

/** Who made an API call. */
export interface Actor {
  /** ARN; host name of an AWS service that acted by itself (`autoscaling.amazonaws.com`); null when CloudTrail does not say. */
  readonly arn: string | null;
  /** CloudTrail's `userIdentity.type`: `IAMUser`, `AssumedRole`, `Root`, `AWSService` ... */
  readonly kind: string;
  readonly principalId: string | null;
  /** ARN of the role behind a session, `arn:aws:iam::123456789012:role/deploy`. */
  readonly sessionIssuer: string | null;
}

/** What an event can name. */
export const TOUCHED_KINDS = [
  'addresses',
  'groupIds',
  'ruleIds',
  'interfaceIds',
  'instanceIds',
  'allocationIds',
  'prefixListIds',
  'subnetIds',
  'vpcIds',
  'routeTableIds',
  'aclIds',
  'loadBalancerArns',
] as const;
export type TouchedKind = (typeof TOUCHED_KINDS)[number];

/** Ids by kind, sorted, each once. */
export type TouchedIds = Readonly<Record<TouchedKind, readonly string[]>>;

export interface Touched extends TouchedIds {
  /** It bears on the whole account and Region, or does not say on what: everything there is looked at. */
  readonly everything: boolean;
}

/** An ingress rule that was made or changed. */
export interface OpenedRule {
  readonly ruleId: string;
  readonly groupId: string;
  /** The rule as it is now; null when the event does not say it in full. */
  readonly shape: RuleShape | null;
}

/** A change in a cloud that can open a port, or close one. Who sent it twice sent one: `eventId` names it. */
export interface FirewallEvent {
  readonly eventId: string;
  /** Name of the API call, or of the state of an instance. */
  readonly name: string;
  /** When it happened: the clock of AWS, whole seconds. */
  readonly at: Instant;
  readonly place: Place;
  /** Null for what nobody called: an instance that reached a state. */
  readonly actor: Actor | null;
  /** Address of the caller, or the host name of a service of AWS. */
  readonly sourceIp: string | null;
  readonly userAgent: string | null;
  readonly touched: Touched;
  readonly opened: readonly OpenedRule[];
  /** Why nothing has to be done about it, or null. */
  readonly ignored: string | null;
}
