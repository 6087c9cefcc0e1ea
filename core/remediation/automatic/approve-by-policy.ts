import { finishDecision } from '../../approvals/finish.ts';
import type { Finding } from '../../findings/finding.ts';
import type { LineStore } from '../../ports/line-store.ts';
import type { RemediationQueue } from '../../ports/queues.ts';
import { humanDuration, msBetween } from '../../time.ts';
import { reasonInLine } from '../change-line.ts';
import type { RecordPorts } from '../change-ports.ts';
import type { Plan } from '../plan.ts';
import type { Proposal } from '../propose.ts';
import { tell } from '../record.ts';
import { flappingSince } from './flapping.ts';

export interface PolicyPorts extends RecordPorts {
  lines: LineStore;
  queue: RemediationQueue;
  propose: (finding: Finding) => Promise<Proposal>;
}

/**
 * Proposes the change and approves it in the name of the policy, once; from there it goes the way of every approved change. Where a person
 * must decide, the approval stays pending. Resolves to a sentence for people: what is being done and how to undo it, or why not.
 * @throws what `propose` throws: Refused when the change must not be made.
 */
export async function approveByPolicy(ports: PolicyPorts, finding: Finding, policy: string): Promise<string> {
  // Before the proposal: a plan that ended is proposed anew under its own id.
  const earlier = (await ports.plans.list()).filter(({ body }) => body.findingId === finding.id);
  const { plan, approval } = await ports.propose(finding);
  const reason = await reasonForPerson(ports, finding, plan, earlier);
  if (reason !== null) return `It fits ${policy}, but a person must decide: ${reason}`;
  const now = ports.clock.now();
  const as = { how: 'policy', name: policy, subject: null, email: null } as const;
  const decision = await ports.approvals.decide(approval.id, 'approved', policy, now, as);
  const { state, decidedBy } = decision.approval;
  if (decidedBy !== policy) return `It fits ${policy}, but approval ${approval.id} is ${state}.`;
  const age = humanDuration(msBetween(finding.openedAt, now));
  await finishDecision(ports, decision.approval, `without asking, ${age} after it opened`);
  return `It is being closed without asking, by ${policy}. To undo that, run portcullis rollback ${plan.id}.`;
}

/** Why it is not decided without asking although a pattern fits, one sentence, or null. */
async function reasonForPerson(
  ports: PolicyPorts,
  finding: Finding,
  plan: Plan,
  earlier: readonly Plan[],
): Promise<string | null> {
  if (plan.body.needsPerson !== null) return plan.body.needsPerson;
  const decided = earlier.find(({ body, state }) => body.occurrence === finding.occurrence && state !== 'proposed');
  if (decided !== undefined) return `plan ${decided.id} for this opening is ${decided.state}.`;
  const before = flappingSince(earlier, finding, plan.body);
  if (before === undefined) return reasonInLine(ports, plan);
  const reason = `FLAPPING: plan ${before.id} closed it at ${before.appliedAt}, and it was opened again the same way.`;
  await tell(ports, plan, 'needs-person', `${reason} Find out what puts it back before you close it again.`);
  return reason;
}
