import type { Asset } from '../assets/asset.ts';
import { verdictOf } from '../exposure/verdict.ts';
import type { Change } from '../fingerprints/change.ts';
import { EVERY_PORT } from '../net/every-port.ts';
import type { Instant } from '../time.ts';
import type { WhitelistEntry } from '../whitelist/entry.ts';
import { type Admission, type Finding, findingIdOf, isOpening, type Untold } from './finding.ts';
import { classOf } from './high-risk-ports.ts';

export interface JudgeContext {
  readonly asset: Asset;
  /** Firewall rules that let the port in now. */
  readonly admissions: readonly Admission[];
  /** Who made the rules that let it in, one line; null when nobody is known. */
  readonly openedBy: string | null;
  /** The entry that permits the port now, or null. */
  readonly whitelistMatch: WhitelistEntry | null;
  readonly now: Instant;
}

/**
 * The finding after a change of its port. A change that it already contains (`transition` not above its own) returns the very same
 * object, so a redelivery writes and tells nothing.
 *
 * Told: a high-risk port open at the first look, and every later opening; neither when whitelisted, nor at an asset that is not
 * exposed. A flap is folded into the finding untold, unless a firewall change stands between (then somebody undid it) or people were
 * told of the closure (then they believe it).
 * A port that falls silent behind a rule somebody wrote stays an open finding, `latent`: whatever listens there next is exposed again.
 * It closes when the rule is gone too (`settle`).
 * An opening that closes before it was told is still told, together with its closure: an exposure of a minute is one that happened.
 */
export function judge(existing: Finding | undefined, change: Change, context: JudgeContext): Finding {
  if (existing !== undefined && change.transition <= existing.transition) return existing;
  return change.kind === 'closed' ? closed(existing, change, context) : opened(existing, change, context);
}

function opened(existing: Finding | undefined, change: Change, context: JudgeContext): Finding {
  const base = existing ?? newFinding(change, context);
  const permitted = context.whitelistMatch !== null;
  const state = {
    ...factsOf(change, context),
    status: permitted ? ('whitelisted' as const) : ('open' as const),
    whitelistedBy: context.whitelistMatch?.id ?? null,
    closedAt: null,
  };
  if (existing !== undefined && change.flap && existing.changedAt === null && !wasToldClosed(existing)) {
    // The closure was none: nobody needs to hear of it any more, nor of its end.
    const untold = existing.untold.filter(
      (mark) => mark.kind !== 'resolved' || mark.occurrence !== existing.occurrence,
    );
    return { ...base, ...state, untold };
  }
  // Its rule stood all the time: the exposure never ended, and nobody was told that it had.
  if (existing !== undefined && existing.verdict === 'latent' && existing.status !== 'closed')
    return { ...base, ...state };
  const occurrence = existing === undefined ? 1 : existing.occurrence + 1;
  const next: Finding = {
    ...base,
    ...state,
    occurrence,
    baseline: change.kind === 'first-seen',
    approvalId: null,
    planId: null,
    openedAt: change.at,
    alertedAt: null,
    approvedAt: null,
    changedAt: null,
    verifiedAt: null,
  };
  if (permitted || !context.asset.exposed) return next;
  if (change.kind === 'first-seen' && next.class === 'risk-port') return next;
  const kind = change.kind === 'first-seen' ? 'found' : existing === undefined ? 'opened' : 'reopened';
  return withMark(next, { kind, occurrence, at: change.at, note: change.evidence });
}

function closed(existing: Finding | undefined, change: Change, context: JudgeContext): Finding {
  const facts = factsOf(change, context);
  if (existing === undefined) return end({ ...newFinding(change, context), ...facts }, change.at);
  // A verification may have closed it before the fingerprint did, and told so.
  if (existing.status === 'closed') return end({ ...existing, ...facts }, change.at);
  // No single rule stands for every port.
  const behindRule = change.port !== EVERY_PORT && context.admissions.some(({ byDefault }) => byDefault !== true);
  if (behindRule) return { ...existing, ...facts };
  return tellEnd(end({ ...existing, ...facts }, change.at), change.at, change.evidence);
}

/** The end of a latent finding, now that no rule lets it in any more; the same object when it is something else. `why` is told. */
export function settle(finding: Finding, why: string, now: Instant): Finding {
  if (finding.verdict !== 'latent' || (finding.status !== 'open' && finding.status !== 'whitelisted')) return finding;
  return tellEnd(end({ ...finding, verdict: verdictOf(false, []), admittedBy: [] }, now), now, why);
}

/** The end of a finding at an address that is somebody else's by now; the same object when it has ended. `why` is told. */
export function endReleased(finding: Finding, why: string, now: Instant): Finding {
  return finding.status === 'closed' ? finding : tellEnd(end(finding, now), now, why);
}

function end(finding: Finding, at: Instant): Finding {
  return { ...finding, status: 'closed', whitelistedBy: null, closedAt: finding.closedAt ?? at };
}

/** Who was told of the opening, or will be, is told of its end. */
function tellEnd(finding: Finding, at: Instant, note: string | null): Finding {
  const toldOrWillBe = finding.alertedAt !== null || finding.untold.some((mark) => isOpening(mark.kind));
  return toldOrWillBe ? withMark(finding, { kind: 'resolved', occurrence: finding.occurrence, at, note }) : finding;
}

/** What every change brings up to date. */
function factsOf(change: Change, { asset, admissions, openedBy }: JudgeContext) {
  const { class: portClass, severity, service } = classOf(change.port, change.protocol);
  return {
    class: portClass,
    severity: asset.exposed ? severity : ('info' as const),
    service,
    verdict: verdictOf(change.kind !== 'closed', admissions),
    owner: asset.owner,
    ownerEmail: asset.ownerEmail,
    exposed: asset.exposed,
    admittedBy: [...admissions],
    openedBy,
    transition: change.transition,
    observedAt: change.at,
  };
}

function newFinding(change: Change, context: JudgeContext): Finding {
  const { account, region } = context.asset;
  const { address, protocol, port } = change;
  return {
    id: findingIdOf(account, region, address, protocol, port),
    version: 0,
    account,
    region,
    address,
    protocol,
    port,
    ...factsOf(change, context),
    status: 'open',
    whitelistedBy: null,
    baseline: false,
    occurrence: 1,
    untold: [],
    approvalId: null,
    planId: null,
    openedAt: change.at,
    alertedAt: null,
    approvedAt: null,
    changedAt: null,
    verifiedAt: null,
    closedAt: null,
  };
}

/**
 * The finding under the whitelist as it is now; the same object when nothing changes. A new entry takes back openings nobody was told of
 * yet. One that expired or was removed makes the finding open again and, where the asset is exposed, tells so.
 */
export function rejudgeWhitelist(finding: Finding, match: WhitelistEntry | null, now: Instant): Finding {
  if (finding.status !== 'open' && finding.status !== 'whitelisted') return finding;
  if (match !== null) {
    if (finding.status === 'whitelisted' && finding.whitelistedBy === match.id) return finding;
    const untold = finding.untold.filter((mark) => !isOpening(mark.kind));
    return { ...finding, status: 'whitelisted', whitelistedBy: match.id, untold };
  }
  if (finding.status === 'open') return finding;
  const next: Finding = { ...finding, status: 'open', whitelistedBy: null };
  if (!finding.exposed) return next;
  const note = `Whitelist entry ${finding.whitelistedBy ?? ''} no longer permits it.`;
  return withMark(next, { kind: 'exception-expired', occurrence: finding.occurrence, at: now, note });
}

function wasToldClosed(finding: Finding): boolean {
  return finding.alertedAt !== null && !finding.untold.some(({ kind }) => kind === 'resolved');
}

/** Adds the mark unless the same event is marked already. */
function withMark(finding: Finding, mark: Untold): Finding {
  const known = finding.untold.some((other) => other.kind === mark.kind && other.occurrence === mark.occurrence);
  return known ? finding : { ...finding, untold: [...finding.untold, mark] };
}
