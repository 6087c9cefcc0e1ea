import { BadInput, Refused } from '../errors.ts';
import { AddressSet } from '../net/address-set.ts';
import { BREADTHS } from '../net/breadth.ts';
import { parsePorts } from '../net/ports-spec.ts';
import { days, epochMs, type Instant, toInstant } from '../time.ts';
import { WidestSource, type WhitelistEntry } from './entry.ts';

/** What a person writes to register a permission; texts as written. */
export interface WhitelistInput {
  /** Address or CIDR. */
  target: string;
  /** `tcp` when absent. */
  protocol?: string | undefined;
  /** `22,80,8000-8100` or a list name. */
  ports: string;
  /** `internet` when absent. */
  widestSource?: string | undefined;
  reason: string;
  owner?: string | null | undefined;
  /** ISO 8601; at most MAX_DAYS from now. */
  expiresAt: string;
}

type State = WhitelistEntry['state'];

/** A permission nobody looks at for longer than a year is one nobody remembers. */
const MAX_DAYS = 365;
const MAX_REASON = 1_000;

/**
 * A new entry in state `requested`: it permits nothing until approved.
 * @throws BadInput naming the value and what is allowed.
 */
export function requestEntry(input: WhitelistInput, actor: string, now: Instant, id: string): WhitelistEntry {
  const reason = input.reason.trim();
  if (reason === '') throw new BadInput('The reason is empty: say in a few words why this port may be open.');
  if (reason.length > MAX_REASON) {
    throw new BadInput(`The reason has ${reason.length} characters: at most ${MAX_REASON} are allowed.`);
  }
  const protocol = readProtocol(input.protocol ?? 'tcp');
  return {
    id,
    version: 0,
    target: readTarget(input.target),
    protocol,
    ports: parsePorts(input.ports, protocol === 'udp' ? 'udp' : 'tcp').toString(),
    widestSource: readWidest(input.widestSource ?? 'internet'),
    reason,
    owner: input.owner?.trim() || null,
    state: 'requested',
    requestedBy: readActor(actor),
    requestedAt: now,
    decidedBy: null,
    decidedAt: null,
    expiresAt: readExpiry(input.expiresAt, now),
  };
}

/** On one machine the person who asked may approve; both names are recorded. @throws Refused */
export function approveEntry(entry: WhitelistEntry, actor: string, now: Instant): WhitelistEntry {
  requireState(entry, ['requested'], 'approved');
  if (entry.expiresAt <= now) {
    throw new Refused(`Whitelist entry ${entry.id} expired at ${entry.expiresAt}: request it again.`);
  }
  return { ...entry, state: 'approved', decidedBy: readActor(actor), decidedAt: now };
}

/** @throws Refused */
export function rejectEntry(entry: WhitelistEntry, actor: string, now: Instant): WhitelistEntry {
  requireState(entry, ['requested'], 'rejected');
  return { ...entry, state: 'rejected', decidedBy: readActor(actor), decidedAt: now };
}

/** Ends a permission or withdraws a request. @throws Refused */
export function removeEntry(entry: WhitelistEntry, actor: string, now: Instant): WhitelistEntry {
  requireState(entry, ['requested', 'approved'], 'removed');
  return { ...entry, state: 'removed', decidedBy: readActor(actor), decidedAt: now };
}

function requireState(entry: WhitelistEntry, allowed: readonly State[], becoming: State): void {
  if (allowed.includes(entry.state)) return;
  const who = entry.decidedBy === null ? '' : ` by ${entry.decidedBy} at ${entry.decidedAt ?? ''}`;
  throw new Refused(
    `Whitelist entry ${entry.id} was ${entry.state}${who}: only an entry that is ${allowed.join(' or ')} can be ${becoming}.`,
  );
}

function readTarget(text: string): string {
  const target = AddressSet.parse(text).toString();
  if (target.includes(',')) {
    throw new BadInput(`"${text}" is not one network: register an address or a CIDR, such as one of ${target}.`);
  }
  return target;
}

function readProtocol(text: string): WhitelistEntry['protocol'] {
  if (text === 'tcp' || text === 'udp' || text === 'any') return text;
  throw new BadInput(`Protocol "${text}" is not known: write tcp, udp or any.`);
}

function readWidest(text: string): WhitelistEntry['widestSource'] {
  const read = WidestSource.safeParse(text);
  if (read.success) return read.data;
  throw new BadInput(
    `Widest source "${text}" is not known: write ${BREADTHS.slice(0, -1).join(', ')} or ${BREADTHS.at(-1)}.`,
  );
}

function readActor(actor: string): string {
  const name = actor.trim();
  if (name === '') throw new BadInput('The name of the person who decides is empty.');
  return name;
}

function readExpiry(text: string, now: Instant): Instant {
  const at = ISO_8601.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new BadInput(`Expiry "${text}" is not a moment: write ISO 8601 in UTC, such as 2026-12-31T00:00:00Z.`);
  }
  const latest = toInstant(epochMs(now) + days(MAX_DAYS));
  const expiresAt = toInstant(at);
  if (expiresAt <= now) throw new BadInput(`Expiry ${expiresAt} is not in the future: it is ${now}.`);
  if (expiresAt > latest) {
    throw new BadInput(`Expiry ${expiresAt} is too far: at most ${MAX_DAYS} days, which is ${latest}.`);
  }
  return expiresAt;
}

/** A date, which means its first moment in UTC, or a moment with its zone: without one it would mean the zone of the machine. */
const ISO_8601 = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
