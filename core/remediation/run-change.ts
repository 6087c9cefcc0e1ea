import type { Approval } from '../approvals/approval.ts';
import { makesChanges } from '../config/settings.ts';
import { Poison } from '../errors.ts';
import type { ChangePorts } from './change-ports.ts';
import { type Lease, withFirewallLock } from './firewall-lock.ts';
import { approvalIdOf } from './make-plan.ts';
import { type ChangeOutcome, fail, recordApplied, refuse } from './outcome.ts';
import type { Plan, RemediationRequest } from './plan.ts';
import { type Started, startWithinCap, waitForRoom } from './rate-cap.ts';
import { reasonInSwitch, reasonToRefuse } from './reason-to-refuse.ts';
import { readStanding } from './read-standing.ts';
import { tell, updateFindingOf, writeAudit } from './record.ts';
import { rollBack } from './roll-back.ts';
import { sendVerification } from './verification-shards.ts';

/** Seconds until a request is looked at again when somebody else holds the firewall. */
const BUSY_SECONDS = 5;

/**
 * The remediator: carries out one request from the remediation queue. Repeating a request is harmless.
 * @throws Poison for a request that names what does not exist; anything else thrown is worth a retry, and nothing is half done.
 */
export async function runChange(ports: ChangePorts, request: RemediationRequest): Promise<ChangeOutcome> {
  const known = await planOf(ports, request);
  const outcome = await withFirewallLock(ports, known.body.target, async (lease) => {
    const plan = await planOf(ports, request);
    return request.action === 'rollback'
      ? rollBack(ports, plan, request.actor, lease)
      : applyApproved(ports, plan, await approvalOf(ports, request), request, lease);
  });
  return outcome === 'busy' ? comeAgain(ports, request, known) : outcome;
}

async function comeAgain(ports: ChangePorts, request: RemediationRequest, plan: Plan): Promise<ChangeOutcome> {
  await ports.queue.send(request, { delaySeconds: BUSY_SECONDS });
  return { kind: 'busy', plan };
}

async function planOf(ports: ChangePorts, { planId }: RemediationRequest): Promise<Plan> {
  const plan = await ports.plans.get(planId);
  if (plan === undefined) throw new Poison(`There is no plan ${planId} to carry out.`);
  return plan;
}

async function approvalOf(ports: ChangePorts, { planId, approvalId }: RemediationRequest): Promise<Approval> {
  const approval = approvalId === null ? undefined : await ports.approvals.get(approvalId);
  if (approval?.planId !== planId) throw new Poison(`Plan ${planId} has no approval ${approvalId}.`);
  return approval;
}

async function applyApproved(
  ports: ChangePorts,
  plan: Plan,
  approval: Approval,
  request: RemediationRequest,
  lease: Lease,
): Promise<ChangeOutcome> {
  const { actor } = request;
  // Proposed anew since this approval was asked for: it has an approval of its own.
  if (approval.id !== approvalIdOf(plan)) return { kind: 'nothing', plan };
  if (plan.state !== 'proposed' && plan.state !== 'applying') return finishEarlier(ports, plan, approval);
  const reason = await reasonToRefuse(ports, {
    plan,
    approval,
    finding: await ports.findings.get(plan.body.findingId),
  });
  if (plan.state === 'proposed' && reason !== null) return refuse(ports, plan, reason);
  const unable = await whyUnable(ports, plan);
  if (plan.state === 'proposed' && unable !== null) return handOver(ports, plan, actor, unable);
  return change(ports, plan, request, reason ?? unable, lease);
}

/** Why a person has to do it, or null. */
async function whyUnable({ firewall, mode }: ChangePorts, { body }: Plan): Promise<string | null> {
  const capability = await firewall.capability(body.address);
  if (!capability.able) return capability.reason;
  return makesChanges(mode) ? null : `Portcullis runs in mode ${mode}`;
}

/** A redelivery of what was dealt with before: whatever a crash cut off after the decisive write is done now. */
async function finishEarlier(ports: ChangePorts, plan: Plan, approval: Approval): Promise<ChangeOutcome> {
  if (approval.state === 'approved') {
    if (plan.state === 'refused') return refuse(ports, plan, plan.note ?? 'refused');
    if (plan.state === 'failed') return fail(ports, plan, plan.note ?? 'failed');
    if (plan.state === 'applied') await sendVerification(ports, plan);
  }
  return { kind: 'nothing', plan };
}

/** `reason`: why nothing may be changed any more; a change that is in the firewall already is still recorded. */
async function change(
  ports: ChangePorts,
  plan: Plan,
  request: RemediationRequest,
  reason: string | null,
  lease: Lease,
): Promise<ChangeOutcome> {
  const { body } = plan;
  const { actor } = request;
  const standing = await readStanding(ports.firewall, body);
  if (standing.kind === 'after') return recordApplied(ports, plan, actor, 'the firewall had the change already');
  if (standing.kind === 'partial' && reason !== null) return takeBack(ports, plan, reason, lease);
  if (standing.kind === 'drifted') return stopAt(ports, plan, standing.why);
  if (standing.kind === 'unreadable') {
    return stopAt(ports, plan, reason === null ? standing.why : `${standing.why}: ${reason}`);
  }
  if (standing.kind === 'partial' && plan.state === 'proposed') {
    return refuse(ports, plan, `somebody else made a part of it since: ${standing.why}`);
  }
  if (reason !== null) return refuse(ports, plan, reason);
  const drift = standing.kind === 'before' ? await driftOf(ports, plan) : null;
  if (drift !== null) return refuse(ports, plan, drift);
  const started = await start(ports, plan);
  if (started.kind === 'busy') return comeAgain(ports, request, plan);
  if (started.kind === 'full') return waitForRoom(ports, plan, request, started.until);
  const applying = started.plan;
  await updateFindingOf(ports, applying, (finding) =>
    finding.status === 'open' ? { ...finding, status: 'closing' } : finding,
  );
  const performed = await ports.firewall.perform(body, 'forward', lease);
  if (performed.kind === 'unchanged') return refuse(ports, applying, performed.why);
  if (performed.kind === 'unknown') return fail(ports, applying, performed.why);
  return recordApplied(ports, applying, actor, `${body.target} closed exactly ${body.address} port ${body.port}`);
}

/** A change that a crash cut off has its place in the hour already. */
async function start(ports: ChangePorts, plan: Plan): Promise<Started> {
  if (plan.state === 'proposed') return startWithinCap(ports, plan);
  return { kind: 'started', plan: await ports.plans.save({ ...plan, note: null, updatedAt: ports.clock.now() }) };
}

/** Somebody else changed the firewall: before the first step nothing was done; after it nobody but a person knows what it should be. */
function stopAt(ports: ChangePorts, plan: Plan, why: string): Promise<ChangeOutcome> {
  return plan.state === 'proposed' ? refuse(ports, plan, why) : fail(ports, plan, why);
}

/** A crash left the change half made, and by now it must not be made: it is undone, unless the kill switch forbids that too. */
async function takeBack(ports: ChangePorts, plan: Plan, reason: string, lease: Lease): Promise<ChangeOutcome> {
  const stopped = await reasonInSwitch(ports);
  if (stopped !== null) return fail(ports, plan, `it was half made when it was stopped: ${stopped}`);
  const undone = await ports.firewall.perform(plan.body, 'inverse', lease);
  if (undone.kind === 'changed') return refuse(ports, plan, reason);
  return fail(ports, plan, `it was half made and could not be undone: ${undone.why}`);
}

/** The rules that let the port in must be those that were shown to who approved. */
async function driftOf(ports: ChangePorts, { body }: Plan): Promise<string | null> {
  const rulesOf = (rules: typeof body.admittedBy) =>
    rules.map(({ ruleId, source }) => `${ruleId} from ${source}`).sort();
  const live = rulesOf(await ports.firewall.admissions(body.address, body.port, body.protocol)).join(', ');
  const approved = rulesOf(body.admittedBy).join(', ');
  return live === approved
    ? null
    : `the port is let in by ${live || 'no rule'} now, and by ${approved || 'no rule'} when it was approved`;
}

/** Nothing here may change the firewall: a person runs the commands, and the verification sees it. */
async function handOver(ports: ChangePorts, plan: Plan, actor: string, reason: string): Promise<ChangeOutcome> {
  await writeAudit(ports, plan, {
    action: 'change-handed-over',
    actor,
    detail: `${reason}: a person runs the commands`,
  });
  await tell(
    ports,
    plan,
    'needs-person',
    `Approved, but not done: ${reason}. To close it, run ${plan.body.commandsBy} what "portcullis approvals show ${approvalIdOf(plan)}" prints.`,
  );
  const manual = await ports.plans.save({
    ...plan,
    state: 'manual',
    note: `${reason}: a person runs the commands`,
    updatedAt: ports.clock.now(),
    verifications: 1,
    evidence: [],
  });
  await sendVerification(ports, manual);
  return { kind: 'manual', plan: manual };
}
