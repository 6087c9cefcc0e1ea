import type { Opener } from '../attribution/opener.ts';
import type { Mode } from '../config/settings.ts';
import type { Finding } from '../findings/finding.ts';
import { hashOf } from '../identity.ts';
import type { AttributionStore } from '../ports/attribution-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Identity } from '../ports/identity-provider.ts';
import type { LinkSigner } from '../ports/link-signer.ts';
import type { ApprovalStore, FindingStore, PlanStore } from '../ports/stores.ts';
import type { Plan } from '../remediation/plan.ts';
import type { Approval, DecidedAs } from './approval.ts';
import {
  approversOf,
  type DeciderPolicy,
  entryOf,
  isSignedInAs,
  mustSignIn,
  nameOf,
  whyNotDecide,
} from './deciders.ts';
import { readToken } from './link.ts';
import { readOpener, whyOpenerMayNot } from './opener-rule.ts';
import { approvalAt } from './state.ts';

export interface CasePorts {
  approvals: Pick<ApprovalStore, 'get'>;
  plans: Pick<PlanStore, 'get'>;
  findings: Pick<FindingStore, 'get'>;
}

export interface ViewPorts extends CasePorts {
  attributions: Pick<AttributionStore, 'get'>;
  clock: Clock;
  mode: Mode;
  deciders: DeciderPolicy;
  signer: LinkSigner;
}

/** What a decision is about. */
export interface Case {
  approval: Approval;
  plan: Plan;
  finding: Finding;
}

/** Is a sign-in needed before a decision, and has there been one? `other`: who else is signed in. */
export type SignInState =
  | { kind: 'not-needed' }
  | { kind: 'needed'; other: string | null }
  | { kind: 'done'; as: string };

/** Everything that a person deciding must see. */
export interface LinkView extends Case {
  /** Who the link was made for. */
  approver: string;
  /** How it is known who decides with it now. */
  as: DecidedAs;
  mode: Mode;
  /** One sentence when the approver may decide nothing here (any more). */
  whyNotDecide: string | null;
  signIn: SignInState;
  opener: Opener;
  /** Names of the list that may decide here; empty: whoever holds the link. */
  mayDecide: string[];
  /** One sentence when approving would be refused now; denying is still possible. */
  whyNotApprove: string | null;
}

/**
 * What a link is about; changes nothing. `identity`: who is signed in. null for every token that is not good: malformed, forged, expired, for
 * a plan that is not the approval's.
 */
export async function viewByToken(
  ports: ViewPorts,
  token: string,
  identity: Identity | null = null,
): Promise<LinkView | null> {
  const now = ports.clock.now();
  const claims = await readToken(ports.signer, token, now);
  if (claims === null) return null;
  const found = await findCase(ports, claims.approvalId);
  if (found === null || found.approval.planHash !== claims.planHash || !isIntact(found)) return null;
  const approval = approvalAt(found.approval, now);
  if (approval.state === 'expired') return null;
  const { approver } = claims;
  const { deciders } = ports;
  const { address } = found.finding;
  const entry = entryOf(deciders, approver);
  const signedIn = identity !== null && entry !== undefined && isSignedInAs(entry, identity);
  const as: DecidedAs = signedIn
    ? { how: 'oidc', name: approver, subject: identity.subject, email: identity.email }
    : { how: 'link', name: approver, subject: null, email: null };
  const opener = await readOpener(ports.attributions, found.finding);
  return {
    ...found,
    approval,
    approver,
    as,
    mode: ports.mode,
    whyNotDecide: whyNotDecide(deciders, approver, address),
    signIn: signInState(mustSignIn(deciders, found.finding), signedIn, identity),
    opener,
    mayDecide: approversOf(deciders, address).map(({ name }) => name),
    whyNotApprove: whyNotApprove(ports.mode, found) ?? whyOpenerMayNot(deciders, opener, as),
  };
}

function signInState(needed: boolean, signedIn: boolean, identity: Identity | null): SignInState {
  if (signedIn && identity !== null) return { kind: 'done', as: nameOf(identity) };
  return needed ? { kind: 'needed', other: identity === null ? null : nameOf(identity) } : { kind: 'not-needed' };
}

/** null when the approval, its plan or its finding is not there. */
export async function findCase(ports: CasePorts, approvalId: string): Promise<Case | null> {
  const first = await ports.approvals.get(approvalId);
  if (first === undefined) return null;
  const [plan, finding] = await Promise.all([ports.plans.get(first.planId), ports.findings.get(first.findingId)]);
  // The approval once more, after its plan: a plan leaves `proposed` only after the decision, so an open approval has seen its plan's last state.
  const approval = await ports.approvals.get(approvalId);
  if (approval === undefined || plan === undefined || finding === undefined) return null;
  return { approval, plan, finding };
}

/** The plan that would run is the one whose hash the approval carries. */
export function isIntact({ approval, plan, finding }: Case): boolean {
  return (
    plan.hash === approval.planHash && hashOf(plan.body) === approval.planHash && plan.body.findingId === finding.id
  );
}

/** Why nobody may approve it now, one sentence, or null. */
export function whyNotApprove(mode: Mode, { plan }: Pick<Case, 'plan'>): string | null {
  if (mode === 'observe') {
    return 'Portcullis runs in mode observe, where nothing may be changed. Set mode: propose or mode: approve to approve this.';
  }
  if (plan.state !== 'proposed') {
    return `This plan is ${plan.state}${plan.note === null ? '' : ` (${plan.note})`}: there is nothing left to approve.`;
  }
  return null;
}
