import { AccessDenied } from '../errors.ts';
import type { Firewall, Standing } from '../ports/firewall.ts';
import type { PlanBody } from './plan.ts';

/**
 * `unreadable`: a permission is missing, or this process may not change the firewall and cannot read it either, as after a restart without
 * root. Asking again does not help then.
 * @throws what reading threw, when it may work the next time.
 */
export async function readStanding(
  firewall: Firewall,
  body: PlanBody,
): Promise<Standing | { kind: 'unreadable'; why: string }> {
  try {
    return await firewall.standing(body);
  } catch (error) {
    if (error instanceof AccessDenied) return { kind: 'unreadable', why: error.message };
    if ((await firewall.capability(body.address)).able) throw error;
    return { kind: 'unreadable', why: 'it can be neither read nor changed from here any more' };
  }
}
