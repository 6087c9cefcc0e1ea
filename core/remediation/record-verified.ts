import { verdictOf } from '../exposure/verdict.ts';
import { alertGroupOf, type Finding } from '../findings/finding.ts';
import { endpoint } from '../net/address.ts';
import type { Instant } from '../time.ts';
import { isPolicy } from './automatic/pattern.ts';
import type { RecordPorts } from './change-ports.ts';
import { approvalIdOf } from './make-plan.ts';
import type { Plan } from './plan.ts';
import { endApproval, PORTCULLIS, updateFindingOf, writeAudit } from './record.ts';

/** The proof is complete. The plan is `verified` last: until then the same result, delivered again, finishes the rest. */
export async function recordVerified(ports: RecordPorts, plan: Plan): Promise<void> {
  const now = ports.clock.now();
  const what = endpoint(plan.body.address, plan.body.port, plan.body.protocol);
  const approval = await ports.approvals.get(approvalIdOf(plan));
  const by = isPolicy(approval?.decidedBy ?? null)
    ? `was closed without asking, by ${approval?.decidedBy} (to undo that: portcullis rollback ${plan.id})`
    : 'was closed by an approved change';
  const finding = await updateFindingOf(ports, plan, (current) => closed(current, `${what} ${by}`, now));
  await writeAudit(ports, plan, {
    action: 'change-verified',
    actor: PORTCULLIS,
    detail: `${what} is closed; open as before: ${neighboursText(plan)}`,
    part: plan.appliedAt ?? '',
  });
  await endApproval(ports, plan, 'done', `${what} is closed, verified ${now}`);
  if (finding && finding.untold.length > 0) {
    await ports.alerts.send({ group: alertGroupOf(finding) }, { delaySeconds: 0 });
  }
  await ports.plans.save({ ...plan, state: 'verified', note: null, verifiedAt: now, updatedAt: now });
}

/** The ordinary way may have closed it a moment before and told so already. */
function closed(finding: Finding, how: string, now: Instant): Finding {
  if (finding.status === 'closed') return finding.verifiedAt === null ? { ...finding, verifiedAt: now } : finding;
  // Silent before the change: no transition of the port will say that its rule is gone.
  const proved = finding.verdict === 'latent' ? { verdict: verdictOf(false, []), admittedBy: [] } : {};
  const others = finding.untold.filter((mark) => mark.kind !== 'resolved');
  const note = `${how}, and a probe from outside proved it`;
  return {
    ...finding,
    ...proved,
    status: 'closed',
    verifiedAt: now,
    closedAt: now,
    untold: [...others, { kind: 'resolved', occurrence: finding.occurrence, at: now, note }],
  };
}

function neighboursText({ body }: Plan): string {
  return (
    body.neighbours.map(({ address, port, protocol }) => endpoint(address, port, protocol)).join(', ') ||
    'no neighbour known'
  );
}
