import { Refused } from '../../errors.ts';
import type { Place } from '../../cloud/network.ts';
import type { Performed, Standing } from '../../ports/firewall.ts';
import type { Lease } from '../firewall-lock.ts';
import type { GroupRules, RulesByGroup } from './closure-plan.ts';
import { ownStepsBack } from './own-steps-back.ts';
import { planInverse } from './plan-inverse.ts';
import { stepsThatUndo, whyForbidden } from './rehearse.ts';
import type { RuleStep } from './rule-step.ts';
import { type SettlePorts, settle } from './settle.ts';
import { isBeingUndone, standingOf } from './standing.ts';

/** A plan as far as it is about rules. */
export interface RuleChange {
  readonly place: Place;
  readonly before: GroupRules;
  readonly after: GroupRules;
  readonly steps: readonly RuleStep[];
}

/** Where live rules stand in a change, whichever way it was going. */
export function standingIn(live: RulesByGroup, { before, after, steps }: RuleChange): Standing {
  const standing = standingOf(live, before, after, steps);
  if (standing.kind === 'partial') return { kind: 'partial', why: `${standing.remaining.length} steps remain` };
  if (standing.kind !== 'drifted') return standing;
  // Rules that were put back have new ids: for the groups that is the state before.
  const back = stepsBack(live, before, after);
  if (!('drifted' in back) && back.length === 0) return { kind: 'before' };
  return isBeingUndone(live, before, after, steps) ? { kind: 'partial', why: 'it was being taken back' } : standing;
}

/**
 * Makes what remains of the steps. What EC2 refuses on the way is taken back; so is the change when somebody else edits the groups
 * meanwhile, and their edit stays.
 * @throws as `settle`: half made then, and the same call again goes on.
 */
export async function carryOut(ports: SettlePorts, change: RuleChange, lease: Lease): Promise<Performed> {
  const { place, before, after, steps } = change;
  const forbidden = await whyForbidden(ports.changer, place, [...steps, ...stepsThatUndo(change)]);
  if (forbidden !== null) return stopForbidden(ports, change, lease, forbidden);
  const remainingOf = (live: RulesByGroup) => {
    const standing = standingOf(live, before, after, steps);
    if (standing.kind === 'drifted') return { drifted: standing.why };
    if (standing.kind === 'partial') return standing.remaining;
    return standing.kind === 'before' ? steps : [];
  };
  const made = await settle(ports, place, Object.keys(before), remainingOf, lease);
  if (made.kind === 'done') return { kind: 'changed' };
  if (made.kind === 'refused') return undo(ports, change, lease, made.why);
  if (isBeingUndone(made.live, before, after, steps)) return undo(ports, change, lease, 'it was being taken back');
  if (await leftToOthers(ports, change, lease)) return { kind: 'unchanged', why: made.why };
  return { kind: 'unknown', why: made.why };
}

/** Puts back the rules as they were before, if every call for that is permitted. @throws as `settle` */
export async function putBack(ports: SettlePorts, change: RuleChange, lease: Lease): Promise<Performed> {
  const { place, before, after, steps } = change;
  const live = await ports.changer.readRules(place, Object.keys(before));
  const back = stepsBack(live, before, after);
  const why = 'drifted' in back ? back.drifted : await whyForbidden(ports.changer, place, back);
  if (why === null) return takeBack(ports, change, lease);
  return { kind: standingOf(live, before, after, steps).kind === 'after' ? 'unchanged' : 'unknown', why };
}

/** Nothing is begun that cannot be ended; what was begun before the permission was withdrawn is undone, as far as that is still permitted. */
async function stopForbidden(ports: SettlePorts, change: RuleChange, lease: Lease, why: string): Promise<Performed> {
  const live = await ports.changer.readRules(change.place, Object.keys(change.before));
  const standing = standingIn(live, change);
  if (standing.kind === 'after') return { kind: 'changed' };
  if (standing.kind === 'partial') return undo(ports, change, lease, why);
  return { kind: (await leftToOthers(ports, change, lease)) ? 'unchanged' : 'unknown', why };
}

async function undo(ports: SettlePorts, change: RuleChange, lease: Lease, why: string): Promise<Performed> {
  const undone = await takeBack(ports, change, lease);
  if (undone.kind === 'changed') return { kind: 'unchanged', why };
  return { kind: 'unknown', why: `${why}; it could not be undone either: ${undone.why}` };
}

async function takeBack(
  ports: SettlePorts,
  change: RuleChange,
  lease: Lease,
): Promise<{ kind: 'changed' } | { kind: 'unknown'; why: string }> {
  const { place, before, after } = change;
  const groupIds = Object.keys(before);
  const undone = await settle(ports, place, groupIds, (live) => stepsBack(live, before, after), lease);
  if (undone.kind === 'done') return { kind: 'changed' };
  const left = undone.kind === 'drifted' && (await leftToOthers(ports, change, lease));
  return left ? { kind: 'changed' } : { kind: 'unknown', why: undone.why };
}

/** Takes back the own steps and nothing else; true when none of them is left. */
async function leftToOthers(ports: SettlePorts, { place, before, steps }: RuleChange, lease: Lease): Promise<boolean> {
  const remainingOf = (live: RulesByGroup) => ownStepsBack(live, steps) ?? { drifted: 'a rule is gone' };
  const left = await settle(ports, place, Object.keys(before), remainingOf, lease);
  return left.kind === 'done';
}

function stepsBack(live: RulesByGroup, before: GroupRules, after: GroupRules): RuleStep[] | { drifted: string } {
  try {
    return planInverse(live, { before, after });
  } catch (error) {
    if (error instanceof Refused) return { drifted: error.message };
    throw error;
  }
}
