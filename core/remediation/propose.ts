import type { Approval } from '../approvals/approval.ts';
import { isOpen } from '../approvals/state.ts';
import { NotFound, Refused, VersionConflict } from '../errors.ts';
import { type Finding, withoutWaiting } from '../findings/finding.ts';
import { endpoint } from '../net/address.ts';
import { EVERY_PORT } from '../net/every-port.ts';
import type { DraftOptions } from '../ports/firewall.ts';
import { after } from '../time.ts';
import { updateStored } from '../update-stored.ts';
import type { ProposePorts } from './change-ports.ts';
import { readNeighbours } from './choose-neighbours.ts';
import { approvalIdOf, makePlan } from './make-plan.ts';
import type { Affected, Plan } from './plan.ts';
import { updateFindingOf, writeAudit } from './record.ts';
import { permitting } from './permitting.ts';

export interface Proposal {
  plan: Plan;
  approval: Approval;
}

/** Two writers that propose the same change at once: one of them reads what the other wrote. */
const MAX_TRIES = 3;

/**
 * Makes the plan that closes the port of a finding and asks for its approval. Nothing is changed.
 * An equal plan whose approval is pending or decided is returned as it is; another pending approval of the finding is withdrawn.
 * @throws NotFound; Refused with the reason when the change must not be made or is under way already.
 */
export async function proposeChange(
  ports: ProposePorts,
  { id }: Pick<Finding, 'id'>,
  actor: string,
  options: DraftOptions = { allProtocols: false },
): Promise<Proposal> {
  const finding = await ports.findings.get(id);
  if (finding === undefined) throw new NotFound('finding', id);
  await refuseUnlessWanted(ports, finding);
  const drafted = await draft(ports, finding, options);
  const plan = await storePlan(ports, drafted);
  const approval = await storeApproval(ports, plan);
  await withdrawOther(ports, finding, approval);
  await writeAudit(ports, plan, {
    action: 'change-proposed',
    actor,
    detail: `close ${endpoint(plan.body.address, plan.body.port, plan.body.protocol)} in ${plan.body.target}; plan ${plan.hash.slice(0, 12)}, approval ${approval.id} until ${approval.expiresAt}${options.allProtocols ? '; rules for every protocol may be split' : ''}`,
  });
  await updateFindingOf(ports, plan, (current) =>
    current.planId === plan.id && current.approvalId === approval.id
      ? current
      : { ...current, planId: plan.id, approvalId: approval.id, untold: withoutWaiting(current.untold) },
  );
  return { plan, approval };
}

async function refuseUnlessWanted(ports: ProposePorts, finding: Finding): Promise<void> {
  const { address, port, protocol, status, planId } = finding;
  const what = endpoint(address, port, protocol);
  if (status === 'closed') throw new Refused(`${what} is not open any more: there is nothing to close.`);
  if (port === EVERY_PORT) {
    throw new Refused(
      `${address} answers on every port: there is no one port to close. Find out what answers for it; a rule that lets all ports in can be made narrower.`,
    );
  }
  const current = planId === null ? undefined : await ports.plans.get(planId);
  const underWay = current?.body.occurrence === finding.occurrence && isUnderWay(current);
  if (underWay || status === 'closing') {
    throw new Refused(`A change for ${what} is under way: plan ${planId} is ${current?.state}.`);
  }
  const reason = await ports.protection.reasonToKeep(address, port, protocol);
  if (reason !== null) throw new Refused(reason);
  const entry = await permitting(ports.whitelist, finding, finding.admittedBy, ports.clock.now());
  if (entry !== null || status === 'whitelisted') {
    const by = entry?.id ?? finding.whitelistedBy ?? 'an entry';
    throw new Refused(`${what} is whitelisted by ${by}: remove that entry first if it must be closed.`);
  }
}

function isUnderWay({ state }: Plan): boolean {
  return state === 'applying' || state === 'applied' || state === 'manual' || state === 'rolling-back';
}

async function draft(ports: ProposePorts, finding: Finding, options: DraftOptions): Promise<Plan> {
  const neighbours = await readNeighbours(ports, finding);
  return makePlan({
    finding,
    firewall: ports.firewall,
    options,
    neighbours,
    affected: affectedBy(finding),
    now: ports.clock.now(),
  });
}

function affectedBy({ address, owner }: Finding): Affected[] {
  return owner === null ? [] : [{ what: owner, why: `owns ${address}` }];
}

/** A plan that came to its end is proposed anew under its id: a new `createdAt`, so a new approval. */
async function storePlan(ports: ProposePorts, drafted: Plan): Promise<Plan> {
  for (let attempt = 1; ; attempt += 1) {
    const stored = await ports.plans.get(drafted.id);
    if (stored?.state === 'proposed' && (await isWaiting(ports, stored))) return stored;
    if (stored !== undefined && isUnderWay(stored)) throw new Refused(`Plan ${stored.id} is ${stored.state}.`);
    try {
      return await ports.plans.save({ ...drafted, version: stored?.version ?? 0 });
    } catch (error) {
      if (!(error instanceof VersionConflict) || attempt === MAX_TRIES) throw error;
    }
  }
}

/** Proposed, and its approval is not asked for yet, still open, or given. */
async function isWaiting(ports: ProposePorts, plan: Plan): Promise<boolean> {
  const approval = await ports.approvals.get(approvalIdOf(plan));
  return approval === undefined || approval.state === 'approved' || isOpen(approval, ports.clock.now());
}

async function storeApproval(ports: ProposePorts, plan: Plan): Promise<Approval> {
  const id = approvalIdOf(plan);
  const stored = await ports.approvals.get(id);
  if (stored !== undefined) return stored;
  const now = ports.clock.now();
  try {
    return await ports.approvals.save({
      id,
      version: 0,
      findingId: plan.body.findingId,
      state: 'pending',
      planId: plan.id,
      planHash: plan.hash,
      createdAt: now,
      expiresAt: after(now, ports.approvalTtlMs),
      decidedBy: null,
      decidedAt: null,
      decidedAs: null,
      outcome: null,
    });
  } catch (error) {
    const other = error instanceof VersionConflict ? await ports.approvals.get(id) : undefined;
    if (other === undefined) throw error;
    return other;
  }
}

async function withdrawOther(ports: ProposePorts, finding: Finding, current: Approval): Promise<void> {
  if (finding.approvalId === null || finding.approvalId === current.id) return;
  await updateStored(ports.approvals, finding.approvalId, (approval): Approval =>
    approval.state === 'pending' ? { ...approval, state: 'expired', outcome: `replaced by ${current.id}` } : approval,
  );
}
