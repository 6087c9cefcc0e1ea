import type { Mode } from '../config/settings.ts';
import { NotFound, Refused } from '../errors.ts';
import type { AttributionStore } from '../ports/attribution-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Identity } from '../ports/identity-provider.ts';
import type { LinkSigner } from '../ports/link-signer.ts';
import type { RemediationQueue } from '../ports/queues.ts';
import type { ApprovalStore, AuditLog, Decision, FindingStore, PlanStore } from '../ports/stores.ts';
import type { DecidedAs } from './approval.ts';
import { type DeciderPolicy, mustSignIn, nameOf, whyNotDecide } from './deciders.ts';
import { type DecideEvidence, evidenceText, reasonText, recordRefusal } from './evidence.ts';
import { finishDecision } from './finish.ts';
import { readOpener, whyOpenerMayNot } from './opener-rule.ts';
import { approvalAt } from './state.ts';
import { type Case, findCase, isIntact, type LinkView, viewByToken, whyNotApprove } from './view.ts';

export interface DecisionPorts {
  approvals: ApprovalStore;
  plans: PlanStore;
  findings: FindingStore;
  attributions: AttributionStore;
  audit: AuditLog;
  queue: RemediationQueue;
  clock: Clock;
  mode: Mode;
  deciders: DeciderPolicy;
}

export interface LinkPorts extends DecisionPorts {
  signer: LinkSigner;
}

export type Verb = 'approved' | 'denied';

/** `refused`: approving is, denying is not. `barred`: this person decides nothing here. `sign-in`: not before signing in as the approver. */
type RefusalKind = 'refused' | 'barred' | 'sign-in';

export type LinkDecision =
  | { kind: 'decided'; view: LinkView }
  | { kind: 'already'; view: LinkView }
  | { kind: RefusalKind; reason: string; view: LinkView };

/** `personal`: somebody else would not be refused; such an attempt is kept in the audit. */
interface Refusal {
  kind: RefusalKind;
  reason: string;
  personal: boolean;
}

/**
 * Decides once, by one conditional write. A second call gets the first answer (`already`). null for every token that is not good.
 * `identity`: who is signed in. The write comes first: a crash after it loses nothing, `finishDecision` can be called again from the stored
 * approval.
 */
export async function decideByToken(
  ports: LinkPorts,
  token: string,
  verb: Verb,
  evidence: DecideEvidence,
  identity: Identity | null = null,
): Promise<LinkDecision | null> {
  const view = await viewByToken(ports, token, identity);
  if (view === null) return null;
  const { approval, as } = view;
  const by = as.how === 'oidc' ? `${as.name} (signed in as ${as.email ?? as.subject})` : `${as.name} (by link)`;
  const refusal = refusalOf(view, verb);
  if (refusal !== null) {
    const { kind, reason: why } = refusal;
    const otherIdentity = identity === null || as.how === 'oidc' ? null : nameOf(identity);
    if (refusal.personal) await recordRefusal(ports, { approval, verb, actor: by, as, why, otherIdentity, evidence });
    return { kind, reason: why, view };
  }
  const decision = await ports.approvals.decide(approval.id, verb, by, ports.clock.now(), as);
  const after = { ...view, approval: decision.approval };
  if (decision.kind === 'expired') return null;
  if (decision.kind === 'already') return { kind: 'already', view: after };
  await finishDecision(ports, decision.approval, evidenceText(evidence));
  return { kind: 'decided', view: after };
}

/**
 * The same decision by somebody who may name the approval: command line, API. With a list of approvers the actor must be on it; what needs a
 * sign-in is decided by link only. @throws NotFound, Refused
 */
export async function decideById(
  ports: DecisionPorts,
  approvalId: string,
  verb: Verb,
  actor: string,
  reason: string | null = null,
): Promise<Decision> {
  const now = ports.clock.now();
  const found = await findCase(ports, approvalId);
  if (found === null) throw new NotFound('approval', approvalId);
  const as: DecidedAs = { how: 'cli', name: actor, subject: null, email: null };
  const refusal =
    approvalAt(found.approval, now).state === 'pending' ? await refusalById(ports, found, verb, as) : null;
  if (refusal !== null) {
    const { approval } = found;
    const attempt = { approval, verb, actor, as, why: refusal.reason, otherIdentity: null, evidence: null };
    if (refusal.personal) await recordRefusal(ports, attempt);
    throw new Refused(refusal.reason);
  }
  const decision = await ports.approvals.decide(approvalId, verb, actor, now, as);
  if (decision.kind === 'decided') {
    await finishDecision(ports, decision.approval, reason === null ? null : reasonText(reason));
  }
  return decision;
}

function refusalOf(view: LinkView, verb: Verb): Refusal | null {
  if (view.whyNotDecide !== null) return { kind: 'barred', reason: view.whyNotDecide, personal: true };
  if (view.approval.state !== 'pending') return null;
  if (view.signIn.kind === 'needed') {
    const { other } = view.signIn;
    const who = other === null ? 'nobody is signed in' : `${other} is signed in`;
    const reason = `This link decides only once ${view.approver} has signed in; ${who}.`;
    return { kind: 'sign-in', reason, personal: other !== null };
  }
  if (verb === 'denied' || view.whyNotApprove === null) return null;
  return { kind: 'refused', reason: view.whyNotApprove, personal: whyNotApprove(view.mode, view) === null };
}

async function refusalById(ports: DecisionPorts, found: Case, verb: Verb, as: DecidedAs): Promise<Refusal | null> {
  const { approval, finding } = found;
  const barred = whyNotDecide(ports.deciders, as.name, finding.address);
  if (barred !== null) return { kind: 'barred', reason: barred, personal: true };
  if (mustSignIn(ports.deciders, finding)) {
    const reason = `What is ${finding.severity} is decided by an approver who has signed in: open the link that portcullis approvals link ${approval.id} prints.`;
    return { kind: 'sign-in', reason, personal: false };
  }
  if (verb === 'denied') return null;
  const why = isIntact(found)
    ? whyNotApprove(ports.mode, found)
    : `The plan of approval ${approval.id} is not the one that was asked for: nothing was changed.`;
  if (why !== null) return { kind: 'refused', reason: why, personal: false };
  const opened = whyOpenerMayNot(ports.deciders, await readOpener(ports.attributions, finding), as);
  return opened === null ? null : { kind: 'refused', reason: opened, personal: true };
}
