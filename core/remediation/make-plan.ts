import { Refused } from '../errors.ts';
import type { Admission, Finding } from '../findings/finding.ts';
import { hashOf, idOf } from '../identity.ts';
import { endpoint } from '../net/address.ts';
import { PortSet } from '../net/port-set.ts';
import type { Firewall } from '../ports/firewall.ts';
import type { Instant } from '../time.ts';
import { afterSteps, proveOnly } from './exact-change.ts';
import type { Affected, FirewallStep, Plan, PlanBody } from './plan.ts';

export interface PlanInput {
  finding: Finding;
  firewall: Omit<Firewall, 'apply' | 'readAll'>;
  neighbours: PlanBody['neighbours'];
  affected: readonly Affected[];
  now: Instant;
}

/**
 * The exact change that closes the port of a finding, proposed and not stored yet. The firewall is read now.
 * The same facts give the same hash, and with the same occurrence the same id.
 * @throws Refused when the port is closed already; whatever the firewall threw when it cannot be read although it can be changed.
 */
export async function makePlan(input: PlanInput): Promise<Plan> {
  const { finding, firewall, now } = input;
  const seen = await look(firewall, finding);
  const body = planBody(input, seen);
  const hash = hashOf(body);
  return {
    id: idOf('p', finding.id, finding.occurrence, hash),
    version: 0,
    hash,
    body,
    state: 'proposed',
    note: null,
    createdAt: now,
    updatedAt: now,
    appliedAt: null,
    verifiedAt: null,
    verifications: 0,
    evidence: [],
  };
}

/** The approval that goes with a plan as it was proposed at `createdAt`: proposed anew, it needs a new decision. */
export function approvalIdOf(plan: Pick<Plan, 'id' | 'createdAt'>): string {
  return idOf('a', plan.id, plan.createdAt);
}

interface Seen {
  closed: PortSet;
  admittedBy: readonly Admission[];
  /** Why the firewall itself could not be asked; null when it was read. */
  unread: string | null;
}

function planBody({ finding, firewall, neighbours, affected }: PlanInput, seen: Seen): PlanBody {
  const { address, protocol, port } = finding;
  if (seen.closed.has(port)) {
    throw new Refused(
      `${endpoint(address, port)} is closed by ${firewall.target} already: there is nothing to change. If it still answers, the traffic does not pass that firewall.`,
    );
  }
  const steps: FirewallStep[] = [{ op: 'close-port', address, protocol, port }];
  const inverse: FirewallStep[] = [{ op: 'open-port', address, protocol, port }];
  const before = new Map([[address, seen.closed]]);
  proveOnly(steps[0] as FirewallStep, before, afterSteps(before, steps));
  return {
    findingId: finding.id,
    occurrence: finding.occurrence,
    address,
    protocol,
    port,
    target: firewall.target,
    admittedBy: [...seen.admittedBy],
    before: { closed: false },
    after: { closed: true },
    steps,
    inverse,
    commands: firewall.commandsFor(steps),
    inverseCommands: firewall.commandsFor(inverse),
    affected: seen.unread === null ? [...affected] : [...affected, { what: firewall.target, why: seen.unread }],
    sessions: firewall.sessions,
    neighbours,
  };
}

/** Who may not change the firewall often may not read it either: then the open port is the only witness that nothing closes it, and the plan says so. */
async function look(firewall: PlanInput['firewall'], { address, port, admittedBy }: Finding): Promise<Seen> {
  const capability = await firewall.capability();
  try {
    const state = await firewall.read(address);
    const admissions = await firewall.admissions(address, port);
    return { closed: PortSet.parse(state.closed), admittedBy: admissions, unread: null };
  } catch (error) {
    if (capability.able) throw error;
    const unread = `its rules could not be read (${capability.reason}); that it lets the port in is known only from the open port`;
    return { closed: PortSet.EMPTY, admittedBy, unread };
  }
}
