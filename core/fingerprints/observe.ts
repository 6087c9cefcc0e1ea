import type { Address } from '../net/address.ts';
import type { Protocol } from '../net/protocol.ts';
import { type Instant, minutes, msBetween } from '../time.ts';
import type { Change } from './change.ts';
import { type ClosurePolicy, policyOf } from './closure-policy.ts';
import type { Fingerprint, ObservedSegment } from './fingerprint.ts';
import { neverSeen, notSeenSince, stamp } from './observed.ts';
import { portsOf } from './port-text.ts';
import type { ResultContext } from './result-context.ts';
import type { AddressResult } from './shard-result.ts';
import { type ConfirmRequest, judgePorts } from './transitions.ts';

export { type ClosurePolicy, DEFAULT_CLOSURE_POLICY } from './closure-policy.ts';

export interface Applied {
  readonly fingerprint: Fingerprint;
  /** Confirmed changes, ascending by port. */
  readonly changes: Change[];
  /** Shards to send (purpose confirm), before the fingerprint is saved: a redelivered result does not ask again. */
  readonly confirm: ConfirmRequest[];
  /** Whether the fingerprint must be written. */
  readonly changed: boolean;
}

/** Clocks of different machines may differ by this much, milliseconds. */
const FUTURE_TOLERANCE_MS = minutes(5);

const LONG_AGO: Instant = '1970-01-01T00:00:00.000Z';

export function emptyFingerprint(address: Address, now: Instant, protocol: Protocol = 'tcp'): Fingerprint {
  return {
    address,
    protocol,
    version: 0,
    open: '',
    pendingOpen: '',
    pendingClosed: [],
    history: [],
    observed: [],
    aliveAt: null,
    updatedAt: now,
  };
}

/**
 * The fingerprint after one result about its address, and what that changed. Pure; the same result again changes nothing.
 *
 * Results are ordered by `startedAt`: a port takes no notice of a result that started no later than the one that last observed it.
 * Times of unchanged results reach the store only every `policy.heartbeatMs`, so against a stored fingerprint a late result can win.
 * What it then shows open was open when it was seen, and the next result corrects it; it closes nothing when it is late by more than
 * `policy.lateMs`.
 * Only ports in `covered - unknown` are touched, and in a partial, failed or late result only those that are open.
 *
 * @throws RangeError when the result is about another address or protocol.
 */
export function applyResult(
  fingerprint: Fingerprint,
  result: AddressResult,
  context: ResultContext,
  policy: ClosurePolicy,
): Applied {
  if (result.address !== fingerprint.address || result.protocol !== fingerprint.protocol) {
    throw new RangeError(
      `A result about ${result.protocol} of ${result.address} cannot change the fingerprint of ${fingerprint.protocol} of ${fingerprint.address}.`,
    );
  }
  const before = context.now === undefined ? fingerprint : withoutFuture(fingerprint, context.now);
  const taken = isLate(result, context, policy) ? ({ ...context, status: 'partial' } as const) : context;
  const same = unchangedSegment(before, result, taken);
  if (same >= 0) {
    const observed = before.observed.map((segment, i) =>
      i === same ? { ports: segment.ports, at: result.startedAt } : segment,
    );
    return settle(before, { ...before, observed }, result, policy, { changes: [], confirm: [], structural: false });
  }
  const covered = portsOf(result.covered).subtract(portsOf(result.unknown));
  const fresh = notSeenSince(before.observed, covered, result.startedAt);
  if (fresh.isEmpty) {
    if (result.alive === undefined) return { fingerprint: before, changes: [], confirm: [], changed: false };
    return settle(before, before, result, policy, { changes: [], confirm: [], structural: false });
  }

  const judged = judgePorts(before, result, fresh, taken, policyOf(policy, result.protocol));
  const unseen = neverSeen(before.observed, judged.settled);
  return settle(
    before,
    { ...before, ...judged.next, observed: stamp(before.observed, judged.settled, result.startedAt) },
    result,
    policy,
    { changes: judged.changes, confirm: judged.confirm, structural: judged.structural || !unseen.isEmpty },
  );
}

function isLate(result: AddressResult, { now }: ResultContext, { lateMs }: ClosurePolicy): boolean {
  return now !== undefined && msBetween(result.startedAt, now) > lateMs;
}

/**
 * The fast way for what nearly every result is: the same ports as one stored segment, all open ones open and confirmed, nothing
 * pending. Index of that segment, or -1 when the long way must be taken.
 */
function unchangedSegment(before: Fingerprint, result: AddressResult, context: ResultContext): number {
  if (context.status !== 'complete' || result.unknown !== '') return -1;
  if (before.pendingOpen !== '' || before.pendingClosed.length > 0) return -1;
  const at = before.observed.findIndex((segment) => segment.ports === result.covered);
  const segment = before.observed[at];
  if (segment === undefined || segment.at >= result.startedAt) return -1;
  const open = portsOf(before.open);
  const covered = portsOf(result.covered);
  const seen = new Set<number>();
  for (const { port } of result.open) {
    if (!open.has(port) || !covered.has(port)) return -1;
    seen.add(port);
  }
  return seen.size === open.size || seen.size === open.intersect(covered).size ? at : -1;
}

function settle(
  before: Fingerprint,
  next: Fingerprint,
  result: AddressResult,
  policy: ClosurePolicy,
  found: { changes: Change[]; confirm: ConfirmRequest[]; structural: boolean },
): Applied {
  const answered = result.open.length > 0 || result.closed !== '' || result.alive !== undefined;
  const aliveAt = answered ? latest(before.aliveAt, result.finishedAt) : before.aliveAt;
  const changed =
    found.structural ||
    (before.aliveAt === null && aliveAt !== null) ||
    msBetween(before.updatedAt, result.finishedAt) >= policy.heartbeatMs;
  const updatedAt = changed ? latest(before.updatedAt, result.finishedAt) : before.updatedAt;
  return {
    fingerprint: { ...next, aliveAt, updatedAt },
    changes: found.changes,
    confirm: found.confirm,
    changed,
  };
}

function latest(a: Instant | null, b: Instant): Instant {
  return a !== null && a > b ? a : b;
}

function withoutFuture(fingerprint: Fingerprint, now: Instant): Fingerprint {
  const isFuture = (at: Instant): boolean => at > now && msBetween(now, at) > FUTURE_TOLERANCE_MS;
  const past = (at: Instant): Instant => (isFuture(at) ? now : at);
  const stale = fingerprint.observed.some((segment) => isFuture(segment.at)) || isFuture(fingerprint.updatedAt);
  if (!stale) return fingerprint;
  return {
    ...fingerprint,
    observed: fingerprint.observed.reduce<ObservedSegment[]>(
      (kept, { ports, at }) => stamp(kept, portsOf(ports), isFuture(at) ? LONG_AGO : at),
      [],
    ),
    pendingClosed: fingerprint.pendingClosed.map((pending) => ({ ...pending, lastProbeAt: past(pending.lastProbeAt) })),
    aliveAt: fingerprint.aliveAt === null ? null : past(fingerprint.aliveAt),
    updatedAt: past(fingerprint.updatedAt),
  };
}
