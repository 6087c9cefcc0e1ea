import type { Finding } from '../../findings/finding.ts';
import { days, msBetween } from '../../time.ts';
import type { Plan, PlanBody } from '../plan.ts';
import { tupleOf } from '../security-groups/rule-tuple.ts';

/** Opened again sooner after we closed it, somebody or something puts it back (research/anchors-exposure-remediation.md 2b). */
const FLAPPING_MS = days(7);

/**
 * The earlier change after which the port opened again the same way, or undefined: a second change by itself would be a fight with a
 * template or with a person. A change that was undone since counts too: somebody wanted the port open.
 */
export function flappingSince(
  earlier: readonly Plan[],
  { openedAt, occurrence }: Finding,
  body: PlanBody,
): Plan | undefined {
  const ways = new Set(waysIn(body));
  return earlier.find(
    ({ appliedAt, body: closed }) =>
      closed.occurrence < occurrence &&
      appliedAt !== null &&
      msBetween(appliedAt, openedAt) < FLAPPING_MS &&
      waysIn(closed).some((way) => ways.has(way)),
  );
}

/** What a plan closes: rules as EC2 tells them apart, since one that is made again has a new id; sources where there are no such rules. */
function waysIn({ steps, admittedBy }: PlanBody): string[] {
  const rules = steps.flatMap((step) => {
    if (step.op === 'modify') return [`${step.groupId} ${tupleOf(step.from)}`];
    return step.op === 'revoke' ? [`${step.groupId} ${tupleOf(step.rule)}`] : [];
  });
  return rules.length > 0 ? rules : admittedBy.map(({ source }) => source);
}
