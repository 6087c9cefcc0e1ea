import type { Mode } from '../config/settings.ts';
import { NotFound, Refused } from '../errors.ts';
import type { Finding } from '../findings/finding.ts';
import { hashOf } from '../identity.ts';
import type { Clock } from '../ports/clock.ts';
import type { LinkSigner } from '../ports/link-signer.ts';
import type { RemediationQueue } from '../ports/queues.ts';
import type { ApprovalStore, AuditLog, Decision, FindingStore, PlanStore } from '../ports/stores.ts';
import type { Plan } from '../remediation/plan.ts';
import type { Approval } from './approval.ts';
import { finishDecision } from './finish.ts';
import { readToken } from './link.ts';
import { approvalAt } from './state.ts';

export interface DecisionPorts {
  approvals: ApprovalStore;
  plans: PlanStore;
  findings: FindingStore;
  audit: AuditLog;
  queue: RemediationQueue;
  clock: Clock;
  mode: Mode;
}

export interface LinkPorts extends DecisionPorts {
  signer: LinkSigner;
}

export type Verb = 'approved' | 'denied';

/** What is known of somebody who used a link. */
export interface DecideEvidence {
  ip: string | null;
  userAgent: string | null;
  /** What the person typed; may be empty. */
  reason: string | null;
}

/** Everything that a person deciding must see. */
export interface LinkView {
  approval: Approval;
  plan: Plan;
  finding: Finding;
  /** Who the link was made for. */
  approver: string;
  mode: Mode;
  /** One sentence when approving would be refused now; denying is still possible. */
  whyNotApprove: string | null;
}

export type LinkDecision =
  | { kind: 'decided'; view: LinkView }
  | { kind: 'already'; view: LinkView }
  | { kind: 'refused'; reason: string; view: LinkView };

interface Case {
  approval: Approval;
  plan: Plan;
  finding: Finding;
}

/** What a link is about; changes nothing. null for every token that is not good: malformed, forged, expired, for a plan that is not the approval's. */
export async function viewByToken(ports: LinkPorts, token: string): Promise<LinkView | null> {
  const now = ports.clock.now();
  const claims = await readToken(ports.signer, token, now);
  if (claims === null) return null;
  const found = await findCase(ports, claims.approvalId);
  if (found === null || found.approval.planHash !== claims.planHash || !isIntact(found)) return null;
  const approval = approvalAt(found.approval, now);
  if (approval.state === 'expired') return null;
  return {
    ...found,
    approval,
    approver: claims.approver,
    mode: ports.mode,
    whyNotApprove: whyNotApprove(ports.mode, found),
  };
}

/**
 * Decides once, by one conditional write. A second call gets the first answer (`already`). null for every token that is not good.
 * The write comes first: a crash after it loses nothing, `finishDecision` can be called again from the stored approval.
 */
export async function decideByToken(
  ports: LinkPorts,
  token: string,
  verb: Verb,
  evidence: DecideEvidence,
): Promise<LinkDecision | null> {
  const view = await viewByToken(ports, token);
  if (view === null) return null;
  if (view.approval.state === 'pending' && verb === 'approved' && view.whyNotApprove !== null) {
    return { kind: 'refused', reason: view.whyNotApprove, view };
  }
  const by = `${view.approver} (by link)`;
  const decision = await ports.approvals.decide(view.approval.id, verb, by, ports.clock.now());
  const after = { ...view, approval: decision.approval };
  if (decision.kind === 'expired') return null;
  if (decision.kind === 'already') return { kind: 'already', view: after };
  await finishDecision(ports, decision.approval, evidenceText(evidence));
  return { kind: 'decided', view: after };
}

/** The same decision by somebody who may name the approval: command line, API. @throws NotFound, Refused */
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
  if (approvalAt(found.approval, now).state === 'pending' && verb === 'approved') {
    if (!isIntact(found))
      throw new Refused(`The plan of approval ${approvalId} is not the one that was asked for: nothing was changed.`);
    const refusal = whyNotApprove(ports.mode, found);
    if (refusal !== null) throw new Refused(refusal);
  }
  const decision = await ports.approvals.decide(approvalId, verb, actor, now);
  if (decision.kind === 'decided') {
    await finishDecision(
      ports,
      decision.approval,
      reason === null ? 'by command' : `by command; reason: ${plain(reason, 500)}`,
    );
  }
  return decision;
}

/** null when the approval, its plan or its finding is not there. */
async function findCase(ports: DecisionPorts, approvalId: string): Promise<Case | null> {
  const first = await ports.approvals.get(approvalId);
  if (first === undefined) return null;
  const [plan, finding] = await Promise.all([ports.plans.get(first.planId), ports.findings.get(first.findingId)]);
  // The approval once more, after its plan: a plan leaves `proposed` only after the decision, so an open approval has seen its plan's last state.
  const approval = await ports.approvals.get(approvalId);
  if (approval === undefined || plan === undefined || finding === undefined) return null;
  return { approval, plan, finding };
}

/** The plan that would run is the one whose hash the approval carries. */
function isIntact({ approval, plan, finding }: Case): boolean {
  return (
    plan.hash === approval.planHash && hashOf(plan.body) === approval.planHash && plan.body.findingId === finding.id
  );
}

function whyNotApprove(mode: Mode, { plan }: Case): string | null {
  if (mode === 'observe') {
    return 'Portcullis runs in mode observe, where nothing may be changed. Set mode: propose or mode: approve to approve this.';
  }
  if (plan.state !== 'proposed') {
    return `This plan is ${plan.state}${plan.note === null ? '' : ` (${plan.note})`}: there is nothing left to approve.`;
  }
  return null;
}

function evidenceText({ ip, userAgent, reason }: DecideEvidence): string {
  const parts = [`by link from ${plain(ip ?? 'an unknown address', 60)}`];
  if (userAgent !== null) parts.push(`with ${plain(userAgent, 200)}`);
  if (reason !== null && reason.trim() !== '') parts.push(`reason: ${plain(reason, 500)}`);
  return parts.join('; ');
}

/** One line of at most `max` characters: what strangers send must not forge other lines. */
function plain(text: string, max: number): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, max);
}
