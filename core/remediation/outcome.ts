import { endpoint } from '../net/address.ts';
import type { ChangePorts, RecordPorts } from './change-ports.ts';
import type { Plan } from './plan.ts';
import { endApproval, PORTCULLIS, reopened, tell, updateFindingOf, writeAudit } from './record.ts';
import { sendVerification } from './verification-shards.ts';

/**
 * How a request ended. `busy`: somebody else holds the firewall, the request was sent again. `waiting`: its account has had its changes of
 * this hour, the request comes again later. `nothing`: it had been dealt with before.
 */
export type ChangeOutcome =
  | { kind: 'applied' | 'manual' | 'refused' | 'failed' | 'rolled-back'; plan: Plan }
  | { kind: 'busy' | 'waiting' | 'nothing'; plan: Plan };

/** Nothing was changed, and a person is told why. The approval ends last: while it is `approved`, a redelivery finishes the rest. */
export async function refuse(ports: RecordPorts, plan: Plan, note: string): Promise<ChangeOutcome> {
  const refused =
    plan.state === 'refused'
      ? plan
      : await ports.plans.save({ ...plan, state: 'refused', note, updatedAt: ports.clock.now() });
  const text = `${endpoint(plan.body.address, plan.body.port, plan.body.protocol)} was not closed, nothing was changed: ${note}`;
  await writeAudit(ports, refused, { action: 'change-refused', actor: PORTCULLIS, detail: note });
  await tell(ports, refused, 'change-failed', text, reopened);
  await endApproval(ports, refused, 'failed', `refused: ${note}`);
  return { kind: 'refused', plan: refused };
}

/** The firewall is neither as it was nor as it should be: a person must look. */
export async function fail(ports: RecordPorts, plan: Plan, note: string): Promise<ChangeOutcome> {
  const failed =
    plan.state === 'failed'
      ? plan
      : await ports.plans.save({ ...plan, state: 'failed', note, updatedAt: ports.clock.now() });
  const text = `${plan.body.target} is not in a known state after plan ${plan.id}: ${note}. Please look at it.`;
  await writeAudit(ports, failed, { action: 'change-failed', actor: PORTCULLIS, detail: note });
  await tell(ports, failed, 'needs-person', text, reopened);
  await endApproval(ports, failed, 'failed', note);
  return { kind: 'failed', plan: failed };
}

/**
 * The firewall has the change: it is recorded, and the verification asked for. The plan is `applied` after its audit row and the finding's
 * stamp: from then on the verification may end it before a repetition of this could write them.
 */
export async function recordApplied(
  ports: ChangePorts,
  plan: Plan,
  actor: string,
  detail: string,
): Promise<{ kind: 'applied'; plan: Plan }> {
  const now = ports.clock.now();
  // What was put back has a row for each time: the last change of the plan tells them apart.
  await writeAudit(ports, plan, { action: 'change-applied', actor, detail, part: plan.appliedAt ?? '' });
  await updateFindingOf(ports, plan, (finding) => ({ ...finding, changedAt: now }));
  const applied = await ports.plans.save({
    ...plan,
    state: 'applied',
    note: null,
    appliedAt: now,
    updatedAt: now,
    verifications: 1,
    evidence: [],
  });
  await sendVerification(ports, applied);
  return { kind: 'applied', plan: applied };
}
