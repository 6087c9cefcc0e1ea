import { endpoint } from '../net/address.ts';
import { verdictOf } from '../exposure/verdict.ts';
import type { Finding } from '../findings/finding.ts';
import type { ChangePorts } from './change-ports.ts';
import type { Lease } from './firewall-lock.ts';
import { type ChangeOutcome, fail } from './outcome.ts';
import type { Plan } from './plan.ts';
import { readStanding } from './read-standing.ts';
import { reasonInSwitch } from './reason-to-refuse.ts';
import { CAN_ROLL_BACK } from './request-rollback.ts';
import { endApproval, tell, writeAudit } from './record.ts';

/**
 * Undoes one plan: takes back what it changed and proves by a fresh read that nothing else differs. The caller holds the lock.
 * What cannot be undone here (kill switch, no permission) is told to a person with the commands.
 */
export async function rollBack(ports: ChangePorts, plan: Plan, actor: string, lease: Lease): Promise<ChangeOutcome> {
  if (!CAN_ROLL_BACK.has(plan.state)) return { kind: 'nothing', plan };
  const why = plan.state === 'rolling-back' ? (plan.note ?? `asked for by ${actor}`) : `asked for by ${actor}`;
  const reason = (await reasonInSwitch(ports)) ?? (await whyUnable(ports, plan));
  if (reason !== null) return leave(ports, plan, actor, why, reason);
  const standing = await readStanding(ports.firewall, plan.body);
  if (standing.kind === 'drifted') return leave(ports, plan, actor, why, `${standing.why}.`);
  if (standing.kind === 'unreadable') return leave(ports, plan, actor, why, standing.why);
  const rolling = await ports.plans.save({
    ...plan,
    state: 'rolling-back',
    note: why,
    updatedAt: ports.clock.now(),
  });
  if (standing.kind !== 'before') {
    const performed = await ports.firewall.perform(plan.body, 'inverse', lease);
    if (performed.kind === 'unknown') return fail(ports, rolling, performed.why);
    if (performed.kind === 'unchanged') return fail(ports, rolling, `the change could not be undone: ${performed.why}`);
  }
  return recordRolledBack(ports, rolling, actor, why);
}

async function whyUnable({ firewall }: ChangePorts, { body }: Plan): Promise<string | null> {
  const capability = await firewall.capability(body.address);
  return capability.able ? null : `${capability.reason}.`;
}

/** The plan is `rolled-back` last: until then a repetition finishes the rest. */
async function recordRolledBack(ports: ChangePorts, plan: Plan, actor: string, why: string): Promise<ChangeOutcome> {
  const what = endpoint(plan.body.address, plan.body.port, plan.body.protocol);
  await writeAudit(ports, plan, { action: 'change-rolled-back', actor, detail: why, part: plan.appliedAt ?? '' });
  await endApproval(ports, plan, 'failed', `rolled back: ${why}`);
  await tell(ports, plan, 'rolled-back', `The change is undone, ${what} is let in again: ${why}`, (finding) =>
    openAgain(finding, plan),
  );
  const done = await ports.plans.save({ ...plan, state: 'rolled-back', updatedAt: ports.clock.now() });
  return { kind: 'rolled-back', plan: done };
}

function openAgain(finding: Finding, { body: { admittedBy } }: Plan): Finding {
  if (finding.status !== 'closing' && finding.status !== 'closed') return finding;
  // Let in again, and silent until a probe says otherwise.
  const facts = finding.verdict === 'clean' ? { verdict: verdictOf(false, admittedBy), admittedBy } : {};
  return { ...finding, ...facts, status: 'open', verifiedAt: null, closedAt: null };
}

async function leave(
  ports: ChangePorts,
  plan: Plan,
  actor: string,
  why: string,
  reason: string,
): Promise<ChangeOutcome> {
  const commands = plan.body.inverseCommands.join('\n');
  const note = `Rollback (${why}) was not done: ${reason} To undo it, run ${plan.body.commandsBy}: ${commands}`;
  await writeAudit(ports, plan, {
    action: 'rollback-refused',
    actor,
    detail: note,
    part: ports.clock.now(),
  });
  await tell(ports, plan, 'needs-person', note);
  if (plan.state !== 'rolling-back') return { kind: 'refused', plan };
  // It would be tried for ever: from here on it is a person's, who may ask for the rollback again.
  const failed = await ports.plans.save({ ...plan, state: 'failed', note, updatedAt: ports.clock.now() });
  return { kind: 'failed', plan: failed };
}
