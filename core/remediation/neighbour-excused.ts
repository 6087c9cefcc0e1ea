import { PortSet } from '../net/port-set.ts';
import type { VerifyPorts } from './change-ports.ts';
import { countsFrom } from './evidence.ts';
import type { Plan, PlanBody } from './plan.ts';

const CLOSING = new Set<Plan['state']>(['manual', 'applying', 'applied', 'verified']);

/**
 * Has a neighbour that does not answer another reason than this change? Either another approved plan closes it, or it was seen closed
 * before the change was made (between the plan and its approval, hours may pass).
 */
export async function neighbourExcused(
  ports: Pick<VerifyPorts, 'plans' | 'fingerprints'>,
  plan: Plan,
  neighbour: PlanBody['neighbours'][number],
): Promise<boolean> {
  const { address, port } = neighbour;
  const protocol = neighbour.protocol ?? 'tcp';
  const fingerprint = (await ports.fingerprints.getMany([address], protocol)).get(address);
  if (fingerprint !== undefined && !PortSet.parse(fingerprint.open).has(port)) {
    const changedAt = fingerprint.history.find((history) => history.port === port)?.changedAt;
    if (changedAt !== undefined && changedAt < countsFrom(plan)) return true;
  }
  const others = await ports.plans.list();
  return others.some(
    ({ state, body }) =>
      CLOSING.has(state) && body.address === address && body.protocol === protocol && body.port === port,
  );
}
