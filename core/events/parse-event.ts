import * as z from 'zod';
import { Poison } from '../errors.ts';
import { epochMs, type Instant, toInstant } from '../time.ts';
import { namedIn, touchedBy } from './about.ts';
import { idsIn, namesNothing, TOUCHED_NOTHING } from './event-ids.ts';
import type { Actor, FirewallEvent, OpenedRule } from './firewall-event.ts';
import { authorizedRules, modifiedRules } from './opened-rules.ts';
import { API_CALL, INSTANCE_STATE, WATCHED_EVENTS } from './watched-events.ts';

/** Long enough for every ARN and agent; what is longer is cut, it is only shown. */
const SHOWN = 512;
const Shown = z
  .string()
  .transform((text) => text.slice(0, SHOWN))
  .nullish();

const Account = z.string().regex(/^\d{12}$/, { error: 'an account of 12 digits is needed' });
const Region = z.string().regex(/^[a-z]{2}[a-z0-9-]{2,30}$/, { error: 'the name of a Region is needed' });
const Time = z.iso
  .datetime({ offset: true, error: 'a time in ISO 8601 is needed' })
  // Earlier than 2000 and later than 2999 is no time of CloudTrail, and years beyond four digits would not sort as text.
  .regex(/^2/, { error: 'a time of this millennium is needed' })
  .transform((text): Instant => toInstant(epochMs(text)));
const EventId = z.string().regex(/^[\x21-\x7E]{1,128}$/, { error: 'an id of 1 to 128 visible characters is needed' });

/** The envelope of EventBridge. */
const Envelope = z.object({
  id: EventId,
  source: z.string(),
  'detail-type': z.string(),
  account: Account,
  region: Region,
  time: Time,
  detail: z.record(z.string(), z.unknown()),
});

/** What CloudTrail says of one API call. */
const ApiCall = z.object({
  eventID: EventId,
  eventName: z.string().min(1).max(128),
  eventTime: Time,
  awsRegion: Region,
  recipientAccountId: Account.nullish(),
  userIdentity: z.object({
    type: z.string().max(64).nullish(),
    arn: Shown,
    principalId: Shown,
    invokedBy: Shown,
    sessionContext: z.object({ sessionIssuer: z.object({ arn: Shown }).nullish() }).nullish(),
  }),
  sourceIPAddress: Shown,
  userAgent: Shown,
  errorCode: Shown,
  requestParameters: z.unknown(),
  responseElements: z.unknown(),
});

const StateChange = z.object({ 'instance-id': z.string().regex(/^i-[0-9a-f]{4,64}$/), state: z.string().max(64) });

/**
 * Reads an event as EventBridge delivers it. Failed calls, calls about egress only and events nobody watches are events with `ignored`.
 * @throws Poison naming what is wrong with anything else.
 */
export function parseFirewallEvent(body: unknown): FirewallEvent {
  try {
    const envelope = Envelope.parse(body);
    if (envelope['detail-type'] === INSTANCE_STATE) return stateChange(envelope);
    if (envelope['detail-type'] === API_CALL) return apiCall(envelope);
    throw new Poison(`not an event of ours: detail-type "${shown(envelope['detail-type'])}" is not watched`);
  } catch (error) {
    if (error instanceof z.ZodError) throw new Poison(`not an event that can be read: ${problemsOf(error)}`);
    throw error;
  }
}

function stateChange(envelope: z.infer<typeof Envelope>): FirewallEvent {
  const detail = StateChange.parse(envelope.detail);
  const watched = isWatched(envelope, detail.state);
  return {
    eventId: envelope.id,
    name: detail.state,
    at: envelope.time,
    place: { account: envelope.account, region: envelope.region },
    actor: null,
    sourceIp: null,
    userAgent: null,
    touched: watched ? { ...idsIn([detail['instance-id']], ['instanceIds']), everything: false } : TOUCHED_NOTHING,
    opened: [],
    ignored: watched ? null : `an instance that is ${detail.state} opens nothing`,
  };
}

function apiCall(envelope: z.infer<typeof Envelope>): FirewallEvent {
  const call = ApiCall.parse(envelope.detail);
  const { opened, ignored } = outcomeOf(envelope, call);
  return {
    eventId: call.eventID,
    name: call.eventName,
    at: call.eventTime,
    place: { account: call.recipientAccountId ?? envelope.account, region: call.awsRegion },
    actor: actorOf(call.userIdentity),
    sourceIp: call.sourceIPAddress ?? null,
    userAgent: call.userAgent ?? null,
    touched: ignored === null ? touchedBy(call) : TOUCHED_NOTHING,
    opened,
    ignored,
  };
}

type ApiCall = z.infer<typeof ApiCall>;

function outcomeOf(
  envelope: z.infer<typeof Envelope>,
  call: ApiCall,
): { opened: readonly OpenedRule[]; ignored: string | null } {
  const ignore = (why: string) => ({ opened: [], ignored: why });
  if (!isWatched(envelope, call.eventName)) {
    return ignore(`${shown(call.eventName)} of ${shown(envelope.source)} is not watched`);
  }
  if (call.errorCode) return ignore(`the call failed: ${call.errorCode}`);
  switch (call.eventName) {
    case 'AuthorizeSecurityGroupIngress': {
      const { opened, egress } = authorizedRules(call.responseElements);
      return opened.length === 0 && egress > 0 ? ignore('only egress rules') : { opened, ignored: null };
    }
    case 'ModifySecurityGroupRules':
      return { opened: modifiedRules(call.requestParameters), ignored: null };
    case 'RunInstances':
      return namesNothing(namedIn(call))
        ? ignore('it names no instance: each is looked at when it runs')
        : { opened: [], ignored: null };
    case 'CreateDBInstance':
    case 'ModifyDBInstance':
      return concernsReach(call.requestParameters)
        ? { opened: [], ignored: null }
        : ignore('neither public access nor groups of the database');
    default:
      return { opened: [], ignored: null };
  }
}

const DatabaseReach = z.object({ publiclyAccessible: z.unknown(), vpcSecurityGroupIds: z.unknown() });

function concernsReach(requestParameters: unknown): boolean {
  const parsed = DatabaseReach.partial().safeParse(requestParameters);
  if (!parsed.success) return true;
  const { publiclyAccessible, vpcSecurityGroupIds } = parsed.data;
  return publiclyAccessible !== undefined || vpcSecurityGroupIds !== undefined;
}

function actorOf(identity: ApiCall['userIdentity']): Actor {
  return {
    arn: identity.arn ?? identity.invokedBy ?? null,
    kind: identity.type ?? 'unknown',
    principalId: identity.principalId ?? null,
    sessionIssuer: identity.sessionContext?.sessionIssuer?.arn ?? null,
  };
}

function isWatched(envelope: z.infer<typeof Envelope>, name: string): boolean {
  return WATCHED_EVENTS.some(
    (row) =>
      row.source === envelope.source &&
      row.detailType === envelope['detail-type'] &&
      (row.eventNames as readonly string[]).includes(name),
  );
}

/** What somebody else wrote, for a message. */
function shown(text: string): string {
  return text.slice(0, 80).replaceAll(/[^\x20-\x7E]/g, '?');
}

/** Of the first problems the place and what is needed there; never the values. */
function problemsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'the body'}: ${issue.message}`)
    .join('; ');
}
