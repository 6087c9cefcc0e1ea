import type { Approval } from '../approvals/approval.ts';
import { reasonInDecider } from '../approvals/decided-still.ts';
import { AccessDenied, messageOf } from '../errors.ts';
import type { Finding } from '../findings/finding.ts';
import { hashOf } from '../identity.ts';
import { endpoint } from '../net/address.ts';
import { after, humanDuration } from '../time.ts';
import type { ChangePorts } from './change-ports.ts';
import type { Plan } from './plan.ts';
import { permitting } from './permitting.ts';
import { isPolicy, policyStill } from './automatic/pattern.ts';
import { reasonInLine } from './change-line.ts';

export interface ChangeCase {
  plan: Plan;
  approval: Approval;
  finding: Finding | undefined;
}

/**
 * Why the approved change must not be made now, one sentence, or null. Whatever cannot be read among the things that forbid a change
 * (kill switch, stopped line, whitelist, protection) forbids it.
 * @throws when tags cannot be read where a change could be made, or who opened what: worth a retry.
 */
export async function reasonToRefuse(ports: ChangePorts, subject: ChangeCase): Promise<string | null> {
  const { approval, finding } = subject;
  return (
    reasonInApproval(ports, subject) ??
    reasonInFinding(subject) ??
    reasonInPolicy(ports, subject) ??
    (finding === undefined ? null : await reasonInDecider(ports, approval, finding)) ??
    (await reasonInSwitch(ports)) ??
    (await reasonInLine(ports, subject.plan)) ??
    (await reasonToKeepOpen(ports, subject.plan))
  );
}

/** What may forbid closing this port whatever was decided: whitelist, protection, and tags where the firewall has some. */
export async function reasonToKeepOpen(
  ports: Pick<ChangePorts, 'whitelist' | 'protection' | 'firewall' | 'clock'>,
  { body }: Pick<Plan, 'body'>,
): Promise<string | null> {
  try {
    const entry = await permitting(ports.whitelist, body, body.admittedBy, ports.clock.now());
    if (entry !== null)
      return `${endpoint(body.address, body.port, body.protocol)} is whitelisted by now (${entry.id}).`;
  } catch (error) {
    return `The whitelist cannot be read (${messageOf(error)}), so the port may be whitelisted.`;
  }
  try {
    const reason = await ports.protection.reasonToKeep(body.address, body.port, body.protocol);
    if (reason !== null) return reason;
  } catch (error) {
    return `What is protected cannot be read (${messageOf(error)}), so the port may be protected.`;
  }
  try {
    return await ports.firewall.reasonToKeep(body);
  } catch (error) {
    const mayPass = !(error instanceof AccessDenied) && (await ports.firewall.capability(body.address)).able;
    if (mayPass) throw error;
    return `What the firewall's own tags forbid cannot be read (${messageOf(error)}).`;
  }
}

/** The kill switch stops every change; unreadable, it counts as on. */
export async function reasonInSwitch({ killSwitch }: Pick<ChangePorts, 'killSwitch'>): Promise<string | null> {
  try {
    const { on, reason } = await killSwitch.read();
    return on ? `The kill switch is on${reason === null ? '' : ` (${reason})`}.` : null;
  } catch (error) {
    return `The kill switch cannot be read (${messageOf(error)}), so it counts as on.`;
  }
}

function reasonInApproval(ports: ChangePorts, { plan, approval }: ChangeCase): string | null {
  if (ports.mode === 'observe') return 'Portcullis runs in mode observe, where nothing is changed.';
  if (approval.state !== 'approved') return `Approval ${approval.id} is ${approval.state}, not approved.`;
  const { decidedAt, decidedBy, expiresAt } = approval;
  if (decidedAt === null || decidedBy === null) return `Approval ${approval.id} does not say who approved it and when.`;
  if (decidedAt >= expiresAt) return `It was approved at ${decidedAt}, after the approval had run out at ${expiresAt}.`;
  if (ports.clock.now() > after(decidedAt, ports.approvalTtlMs)) {
    return `It was approved at ${decidedAt}, more than ${humanDuration(ports.approvalTtlMs)} ago.`;
  }
  if (hashOf(plan.body) !== plan.hash)
    return `The stored plan is not the one its hash ${plan.hash.slice(0, 12)} names.`;
  if (approval.planHash !== plan.hash)
    return `What was approved is plan ${approval.planHash.slice(0, 12)}, not this one.`;
  return null;
}

function reasonInFinding({ plan, finding }: ChangeCase): string | null {
  const { findingId, occurrence, address, port, protocol } = plan.body;
  if (finding === undefined) return `Finding ${findingId} does not exist any more.`;
  if (finding.occurrence !== occurrence) {
    return `${endpoint(address, port, protocol)} was closed and has opened again since the plan was made: it needs a new plan.`;
  }
  const expected = finding.status === 'open' || (finding.status === 'closing' && plan.state === 'applying');
  return expected ? null : `The finding is ${finding.status} by now, not open.`;
}

/** What was approved without asking is made only while the owner's patterns still say so. */
function reasonInPolicy({ mode, auto }: ChangePorts, { plan, approval, finding }: ChangeCase): string | null {
  const { decidedBy } = approval;
  if (!isPolicy(decidedBy)) return null;
  if (mode !== 'auto') return `It was approved by ${decidedBy}, and Portcullis runs in mode ${mode} by now.`;
  if (plan.body.needsPerson !== null) return `It was approved by ${decidedBy}: ${plan.body.needsPerson}`;
  if (finding === undefined || policyStill(auto, finding) === null) {
    return `It was approved by ${decidedBy}, and no pattern under "auto" fits it any more.`;
  }
  return null;
}
