import { alertGroupOf, type Finding, type Untold } from '../../findings/finding.ts';
import { idOf } from '../../identity.ts';
import { endpoint } from '../../net/address.ts';
import { PortSet } from '../../net/port-set.ts';
import { updateStored } from '../../update-stored.ts';
import type { PortCloser } from '../../ports/port-closer.ts';
import { makesChanges } from '../../config/settings.ts';
import { reasonInLine } from '../change-line.ts';
import type { ChangePorts } from '../change-ports.ts';
import { closedPorts, portsAt } from './exact-change.ts';
import type { FirewallState } from './firewall-step.ts';
import { type Lease, withFirewallLock } from '../firewall-lock.ts';
import { fail, recordApplied } from '../outcome.ts';
import { approvalIdOf } from '../make-plan.ts';
import { performStep } from './perform-step.ts';
import type { Plan } from '../plan.ts';
import { reasonInSwitch, reasonToKeepOpen } from '../reason-to-refuse.ts';
import { CAN_ROLL_BACK } from '../request-rollback.ts';
import { PORTCULLIS, tell, writeAudit } from '../record.ts';

export interface ComparePorts extends ChangePorts {
  closer: PortCloser;
}

export interface Comparison {
  /** Approved closures that the firewall had lost and has again; their verification was asked for. */
  restored: Plan[];
  /** Approved closures that the firewall has lost and that were not put back, with the reason. */
  missing: { plan: Plan; reason: string }[];
  /** `address:port` texts that the firewall closes and no plan explains. */
  unrecorded: string[];
}

/**
 * Compares what the firewall closes with the plans that say so; to be called at the start.
 * A closure that was applied and is gone (a reboot empties nftables) was approved and is made again; what no plan explains is told and
 * stays. Where this process may not change the firewall nothing is compared.
 * @throws when the firewall or a store cannot be read.
 */
export async function compareRecordWithFirewall(ports: ComparePorts): Promise<Comparison> {
  const comparison: Comparison = { restored: [], missing: [], unrecorded: [] };
  if (!(await ports.closer.capability()).able) return comparison;
  // The firewall before the plans: a plan is stored as applying before its element appears, so no element is seen without its plan.
  const states = await ports.closer.readAll();
  const closed = closedPorts(states);
  const plans = newestFor(ports.closer.target, await ports.plans.list());
  comparison.unrecorded = await tellUnrecorded(ports, states, plans);
  for (const plan of plans.values()) {
    if (!isInForce(plan) || portsAt(closed, plan.body).has(plan.body.port)) continue;
    const result = await withFirewallLock(ports, ports.closer.target, (lease) => restore(ports, plan, lease));
    if (result === 'busy') {
      comparison.missing.push(await leaveMissing(ports, plan, 'Another change holds the firewall.'));
    } else if (result === null) continue;
    else if ('reason' in result) comparison.missing.push(result);
    else comparison.restored.push(result.plan);
  }
  return comparison;
}

/**
 * The plan that had the last word on each port. A newer plan, even one that was denied, was made because the port was open again: an older
 * closure does not count any more.
 */
function newestFor(target: string, plans: readonly Plan[]): Map<string, Plan> {
  const newest = new Map<string, Plan>();
  for (const plan of plans) {
    const { address, port, protocol } = plan.body;
    if (plan.body.target !== target) continue;
    const key = endpoint(address, port, protocol);
    const other = newest.get(key);
    if (other === undefined || other.updatedAt < plan.updatedAt) newest.set(key, plan);
  }
  return newest;
}

/** Applied here and meant to last. What a person closed by hand is theirs to close again. */
function isInForce({ state, appliedAt }: Plan): boolean {
  return (state === 'applied' || state === 'verified') && appliedAt !== null;
}

type Missing = { plan: Plan; reason: string };

/** null: it is not missing any more, or not in force any more. The caller holds the lock. */
async function restore(ports: ComparePorts, listed: Plan, lease: Lease): Promise<{ plan: Plan } | Missing | null> {
  const plan = await ports.plans.get(listed.id);
  if (plan === undefined || !isInForce(plan)) return null;
  const before = closedPorts(await ports.closer.readAll());
  if (portsAt(before, plan.body).has(plan.body.port)) return null;
  const what = endpoint(plan.body.address, plan.body.port, plan.body.protocol);
  const modeReason = makesChanges(ports.mode) ? null : `Portcullis runs in mode ${ports.mode}.`;
  const reason =
    modeReason ??
    (await reasonInSwitch(ports)) ??
    (await reasonInLine(ports, plan)) ??
    (await reasonToKeepOpen(ports, plan));
  if (reason !== null) return leaveMissing(ports, plan, reason);
  const [step] = plan.body.steps;
  if (step?.op !== 'close-port') return leaveMissing(ports, plan, 'Its plan has no step that closes a port.');
  const performed = await performStep(ports.closer, step, before, lease);
  if (performed.kind === 'unknown') {
    await fail(ports, plan, performed.why);
    return { plan, reason: performed.why };
  }
  if (performed.kind === 'unchanged') return leaveMissing(ports, plan, `${performed.why}.`);
  const note = `${what} was open again because ${plan.body.target} had lost its approved closure (a reboot empties it). It is closed again.`;
  await tell(ports, plan, 'needs-person', note);
  const applied = await recordApplied(ports, plan, PORTCULLIS, `put back: ${plan.body.target} had lost it`);
  return { plan: applied.plan };
}

async function leaveMissing(ports: ComparePorts, plan: Plan, reason: string): Promise<Missing> {
  const what = endpoint(plan.body.address, plan.body.port, plan.body.protocol);
  const note = `${plan.body.target} has lost the approved closure of ${what}, and it was not put back: ${reason}`;
  await writeAudit(ports, plan, {
    action: 'closure-lost',
    actor: PORTCULLIS,
    detail: note,
    part: ports.clock.now(),
  });
  await tell(
    ports,
    plan,
    'needs-person',
    `${note} To close it, run as root what "portcullis approvals show ${approvalIdOf(plan)}" prints.`,
  );
  return { plan, reason };
}

/** A plan that can be rolled back explains its element, whether we put it there or a person who ran our commands. */
async function tellUnrecorded(
  ports: ComparePorts,
  states: readonly FirewallState[],
  plans: ReadonlyMap<string, Plan>,
): Promise<string[]> {
  const unrecorded: string[] = [];
  for (const { address, protocol, closed } of states) {
    const known = [...plans.values()].filter(
      ({ body, state }) => body.address === address && body.protocol === protocol && CAN_ROLL_BACK.has(state),
    );
    for (const port of PortSet.parse(closed).subtract(PortSet.from(known.map(({ body }) => body.port)))) {
      unrecorded.push(endpoint(address, port, protocol));
    }
  }
  if (unrecorded.length === 0) return [];
  const findings = await ports.findings.list();
  for (const what of unrecorded) {
    const finding = findings.find(({ address, port, protocol }) => endpoint(address, port, protocol) === what);
    await tellOne(ports, what, finding);
  }
  return unrecorded;
}

async function tellOne(ports: ComparePorts, what: string, finding: Finding | undefined): Promise<void> {
  const at = ports.clock.now();
  const detail = `${ports.closer.target} closes ${what}, and no plan says so: somebody else added it. It stays as it is.`;
  await ports.audit.append({
    id: idOf('au', 'unrecorded-closure', what, at),
    at,
    actor: PORTCULLIS,
    action: 'unrecorded-closure',
    object: ports.closer.target,
    findingId: finding?.id ?? null,
    detail,
  });
  if (finding === undefined) return;
  const told = await updateStored(ports.findings, finding.id, (current) => {
    const mark: Untold = { kind: 'needs-person', occurrence: current.occurrence, at, note: detail };
    return { ...current, untold: [...current.untold.filter(({ kind }) => kind !== 'needs-person'), mark] };
  });
  if (told) await ports.alerts.send({ group: alertGroupOf(told) }, { delaySeconds: 0 });
}
