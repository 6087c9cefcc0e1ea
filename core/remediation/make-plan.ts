import type { Finding } from '../findings/finding.ts';
import { hashOf, idOf } from '../identity.ts';
import type { DraftOptions, Firewall } from '../ports/firewall.ts';
import type { Instant } from '../time.ts';
import type { Affected, Plan, PlanBody } from './plan.ts';

export interface PlanInput {
  finding: Finding;
  firewall: Pick<Firewall, 'draft'>;
  options: DraftOptions;
  neighbours: PlanBody['neighbours'];
  affected: readonly Affected[];
  now: Instant;
}

/**
 * The exact change that closes the port of a finding, proposed and not stored yet. The firewall is read now.
 * The same facts give the same hash, and with the same occurrence the same id.
 * @throws Refused when the port is closed already or cannot be closed exactly; whatever the firewall threw when it cannot be read although it can be changed.
 */
export async function makePlan({ finding, firewall, options, neighbours, affected, now }: PlanInput): Promise<Plan> {
  const draft = await firewall.draft(finding, options);
  const body: PlanBody = {
    findingId: finding.id,
    occurrence: finding.occurrence,
    address: finding.address,
    protocol: finding.protocol,
    port: finding.port,
    ...draft,
    affected: [...draft.affected, ...affected],
    neighbours,
  };
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
