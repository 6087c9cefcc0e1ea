import type { NetworkInterface, SecurityGroup, Tags } from '../../cloud/network.ts';
import type { RuleStep } from './rule-step.ts';

/** With any value but `false`, on a security group, one of its rules or an interface: nothing of it is ever changed. */
export const NEVER_TOUCH_TAG = 'exposure:never-touch';

/** Why the steps must not be made, or null. */
export function reasonNeverToTouch(
  own: NetworkInterface,
  groups: readonly SecurityGroup[],
  steps: readonly RuleStep[],
): string | null {
  const groupIds = new Set(steps.map(({ groupId }) => groupId));
  const ruleIds = new Set(steps.flatMap((step) => (step.op === 'authorize' ? [] : [step.ruleId])));
  const touched = groups.filter(({ id }) => groupIds.has(id));
  const tagged = [own, ...touched, ...touched.flatMap(({ rules }) => rules.filter(({ id }) => ruleIds.has(id)))].find(
    ({ tags }) => isSet(tags),
  );
  return tagged === undefined ? null : `${tagged.id} has the tag ${NEVER_TOUCH_TAG}: it is never changed.`;
}

function isSet(tags: Tags): boolean {
  const value = tags[NEVER_TOUCH_TAG];
  return value !== undefined && value.trim().toLowerCase() !== 'false';
}
