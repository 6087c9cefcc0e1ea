import * as z from 'zod';
import type { Actor, FirewallEvent } from '../events/firewall-event.ts';

/** Who made or changed one firewall rule, kept when it happened: CloudTrail itself forgets after 90 days. */
export const Attribution = z.object({
  /** `sgr-...` */
  ruleId: z.string(),
  groupId: z.string(),
  account: z.string(),
  region: z.string(),
  /** ARN of the caller, or host name of an AWS service; null when the event does not say. */
  actor: z.string().nullable(),
  /** `IAMUser`, `AssumedRole`, `AWSService` ... */
  actorKind: z.string(),
  /** ARN of the role behind a session. */
  sessionIssuer: z.string().nullable(),
  sourceIp: z.string().nullable(),
  userAgent: z.string().nullable(),
  eventId: z.string(),
  eventName: z.string(),
  at: z.string(),
  how: z.enum(['created', 'changed']),
  /** It was Portcullis itself, carrying out an approved change. */
  byUs: z.boolean(),
});
export type Attribution = z.infer<typeof Attribution>;

/** Changes kept of one rule. */
const KEPT = 10;

/** What an event says about the rules it opened. `ourRoles`: ARNs of the roles that Portcullis changes rules with. */
export function attributionsOf(event: FirewallEvent, ourRoles: ReadonlySet<string>): Attribution[] {
  const { actor, place, eventId, name, at, sourceIp, userAgent } = event;
  return event.opened.map(({ ruleId, groupId }) => ({
    ruleId,
    groupId,
    account: place.account,
    region: place.region,
    actor: actor?.arn ?? null,
    actorKind: actor?.kind ?? 'unknown',
    sessionIssuer: actor?.sessionIssuer ?? null,
    sourceIp,
    userAgent,
    eventId,
    eventName: name,
    at,
    how: name === 'AuthorizeSecurityGroupIngress' ? 'created' : 'changed',
    byUs: isOurs(actor, ourRoles),
  }));
}

export function isOurs(actor: Actor | null, ourRoles: ReadonlySet<string>): boolean {
  return [actor?.sessionIssuer, actor?.arn].some((arn) => arn !== null && arn !== undefined && ourRoles.has(arn));
}

/** The history of one rule, newest first, with more events: in whatever order they come and however often, the result is the same. */
export function withAttributions(known: readonly Attribution[], more: readonly Attribution[]): Attribution[] {
  const byEvent = new Map([...known, ...more].map((one) => [one.eventId, one]));
  return [...byEvent.values()].sort(newestFirst).slice(0, KEPT);
}

/** Events have whole seconds: of one second the event id decides, so that every order of arrival ends alike. */
function newestFirst(a: Attribution, b: Attribution): number {
  if (a.at !== b.at) return a.at < b.at ? 1 : -1;
  return a.eventId < b.eventId ? 1 : -1;
}
