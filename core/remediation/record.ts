import { alertGroupOf, type Finding, type Untold } from '../findings/finding.ts';
import { idOf } from '../identity.ts';
import { updateStored } from '../update-stored.ts';
import type { RecordPorts } from './change-ports.ts';
import { approvalIdOf } from './make-plan.ts';
import type { Plan } from './plan.ts';

/** The name of Portcullis itself in audit rows and requests. */
export const PORTCULLIS = 'portcullis';

/** One audit row for each plan as proposed, action and `part`: a redelivery writes the same row. */
export async function writeAudit(
  ports: Pick<RecordPorts, 'audit' | 'clock'>,
  plan: Plan,
  row: { action: string; actor: string; detail: string; part?: string },
): Promise<void> {
  await ports.audit.append({
    id: idOf('au', plan.id, plan.createdAt, row.action, row.part ?? ''),
    at: ports.clock.now(),
    actor: row.actor,
    action: row.action,
    object: plan.id,
    findingId: plan.body.findingId,
    detail: row.detail,
  });
}

/** Changes the finding that a plan was made for, unless it is gone or has opened anew since. `change` must be pure. */
export async function updateFindingOf(
  ports: Pick<RecordPorts, 'findings'>,
  plan: Plan,
  change: (finding: Finding) => Finding,
): Promise<Finding | undefined> {
  return updateStored(ports.findings, plan.body.findingId, (finding) =>
    finding.occurrence === plan.body.occurrence ? change(finding) : finding,
  );
}

/** Marks the finding so that people are told `note`, changes it with `change`, and asks for the alert. A finding that has opened anew since keeps its state and is told about too. */
export async function tell(
  ports: Pick<RecordPorts, 'findings' | 'alerts' | 'clock'>,
  plan: Plan,
  kind: Untold['kind'],
  note: string,
  change: (finding: Finding) => Finding = (finding) => finding,
): Promise<void> {
  const { findingId, occurrence } = plan.body;
  const mark: Untold = { kind, occurrence, at: ports.clock.now(), note };
  const told = await updateStored(ports.findings, findingId, (finding) => {
    const changed = finding.occurrence === occurrence ? change(finding) : finding;
    const others = changed.untold.filter((other) => other.kind !== kind || other.occurrence !== occurrence);
    return { ...changed, untold: [...others, mark] };
  });
  if (told) await ports.alerts.send({ group: alertGroupOf(told) }, { delaySeconds: 0 });
}

/** Ends the approval of a plan, if it was approved. */
export async function endApproval(
  ports: Pick<RecordPorts, 'approvals'>,
  plan: Plan,
  state: 'done' | 'failed',
  outcome: string,
): Promise<void> {
  await updateStored(ports.approvals, approvalIdOf(plan), (approval) =>
    approval.state === 'approved' ? { ...approval, state, outcome } : approval,
  );
}

/** A finding whose approved change came to nothing is open again. */
export function reopened(finding: Finding): Finding {
  return finding.status === 'closing' ? { ...finding, status: 'open' } : finding;
}
