import { NotFound } from '../errors.ts';
import { idOf } from '../identity.ts';
import type { RemediationQueue } from '../ports/queues.ts';
import type { ApprovalStore, AuditLog, FindingStore, PlanStore } from '../ports/stores.ts';
import type { Plan } from '../remediation/plan.ts';
import { updateStored } from '../update-stored.ts';
import type { Approval, DecidedAs } from './approval.ts';

export interface FinishPorts {
  approvals: ApprovalStore;
  plans: PlanStore;
  findings: FindingStore;
  audit: AuditLog;
  queue: RemediationQueue;
}

/** The outcome of a denial that is done with. */
const DENIED = 'denied: nothing was changed';

/**
 * Everything that follows from a stored decision: audit row, then for `approved` the finding's `approvedAt` and the request on the
 * remediation queue, for `denied` the plan's end. Repeating it is harmless, so whatever a crash left is finished by calling it again
 * (the queue may then carry the request twice; remediation looks at the firewall first). Does nothing for an approval in any other state.
 */
export async function finishDecision(ports: FinishPorts, approval: Approval, detail: string | null): Promise<void> {
  const { decidedBy, decidedAt, state } = approval;
  if (decidedBy === null || decidedAt === null || (state !== 'approved' && state !== 'denied')) return;
  await ports.audit.append({
    id: idOf('au', approval.id, 'decision'),
    at: decidedAt,
    actor: decidedBy,
    action: `approval-${state}`,
    object: approval.id,
    findingId: approval.findingId,
    detail: [`plan ${approval.planId} ${approval.planHash.slice(0, 12)}`, howText(approval.decidedAs), detail]
      .filter((part) => part !== null)
      .join('; '),
  });
  if (state === 'denied') {
    await endPlan(ports.plans, approval.planId, `denied by ${decidedBy}`, decidedAt);
    await updateStored(ports.approvals, approval.id, (current) =>
      current.outcome === null ? { ...current, outcome: DENIED } : current,
    );
    return;
  }
  await stampApproved(ports.findings, approval, decidedAt);
  await ports.queue.send({ action: 'apply', planId: approval.planId, approvalId: approval.id, actor: decidedBy });
}

/** How it is known who decided, for the audit; null for decisions from before that was kept. */
export function howText<T extends DecidedAs | null>(as: T): T extends null ? null : string;
export function howText(as: DecidedAs | null): string | null {
  if (as === null) return null;
  const subject = as.subject === null ? '' : `, subject ${as.subject}`;
  return `by ${as.how}${subject}${as.email === null ? '' : `, ${as.email}`}`;
}

/** A finding that has a newer approval has opened again since: this decision is not about that opening. */
async function stampApproved(findings: FindingStore, approval: Approval, at: string): Promise<void> {
  const stamped = await updateStored(findings, approval.findingId, (finding) => {
    const superseded = finding.approvalId !== null && finding.approvalId !== approval.id;
    return superseded || finding.approvedAt === at ? finding : { ...finding, approvedAt: at };
  });
  if (stamped === undefined) throw new NotFound('finding', approval.findingId);
}

async function endPlan(plans: PlanStore, id: string, note: string, at: string): Promise<void> {
  const ended = await updateStored(plans, id, (plan): Plan =>
    plan.state === 'proposed' ? { ...plan, state: 'refused', note, updatedAt: at } : plan,
  );
  if (ended === undefined) throw new NotFound('plan', id);
}
