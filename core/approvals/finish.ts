import { NotFound, VersionConflict } from '../errors.ts';
import { idOf } from '../identity.ts';
import type { RemediationQueue } from '../ports/queues.ts';
import type { AuditLog, FindingStore, PlanStore } from '../ports/stores.ts';
import type { Approval } from './approval.ts';

export interface FinishPorts {
  plans: PlanStore;
  findings: FindingStore;
  audit: AuditLog;
  queue: RemediationQueue;
}

/** Writers that meet at one item are few: more conflicts than this is a fault. */
const MAX_TRIES = 5;

/**
 * Everything that follows from a stored decision: audit row, then for `approved` the finding's `approvedAt` and the request on the
 * remediation queue, for `denied` the plan's end. Repeating it is harmless, so whatever a crash left is finished by calling it again
 * (the queue may then carry the request twice; remediation looks at the firewall first).
 */
export async function finishDecision(ports: FinishPorts, approval: Approval, detail: string): Promise<void> {
  const { decidedBy, decidedAt, state } = approval;
  if (decidedBy === null || decidedAt === null || (state !== 'approved' && state !== 'denied')) return;
  await ports.audit.append({
    id: idOf('au', approval.id, 'decision'),
    at: decidedAt,
    actor: decidedBy,
    action: `approval-${state}`,
    object: approval.id,
    findingId: approval.findingId,
    detail: `plan ${approval.planId} ${approval.planHash.slice(0, 12)}; ${detail}`,
  });
  if (state === 'denied') await endPlan(ports.plans, approval.planId, `denied by ${decidedBy}`, decidedAt);
  else {
    await stampApproved(ports.findings, approval, decidedAt);
    await ports.queue.send({ action: 'apply', planId: approval.planId, approvalId: approval.id, actor: decidedBy });
  }
}

/** A finding that has a newer approval has opened again since: this decision is not about that opening. */
async function stampApproved(findings: FindingStore, approval: Approval, at: string): Promise<void> {
  await retryConflicts(async () => {
    const finding = await findings.get(approval.findingId);
    if (finding === undefined) throw new NotFound('finding', approval.findingId);
    const superseded = finding.approvalId !== null && finding.approvalId !== approval.id;
    if (!superseded && finding.approvedAt !== at) await findings.save({ ...finding, approvedAt: at });
  });
}

async function endPlan(plans: PlanStore, id: string, note: string, at: string): Promise<void> {
  await retryConflicts(async () => {
    const plan = await plans.get(id);
    if (plan === undefined) throw new NotFound('plan', id);
    if (plan.state === 'proposed') await plans.save({ ...plan, state: 'refused', note, updatedAt: at });
  });
}

async function retryConflicts(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof VersionConflict) || tries === MAX_TRIES) throw error;
    }
  }
}
