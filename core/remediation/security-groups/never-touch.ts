import type { NetworkInterface, SecurityGroup, Tags } from '../../cloud/network.ts';

/** With any value but `false`, on a security group, one of its rules or an interface: nothing of it is ever changed. */
export const NEVER_TOUCH_TAG = 'exposure:never-touch';

/** Why the groups must stay as they are, or null. `touches`: ids of the rules that would change. */
export function reasonNeverToTouch(
  own: NetworkInterface,
  groups: readonly SecurityGroup[],
  touches: ReadonlySet<string>,
): string | null {
  const tagged = [
    own,
    ...groups.filter(({ rules }) => rules.some(({ id }) => touches.has(id))),
    ...groups.flatMap(({ rules }) => rules.filter(({ id }) => touches.has(id))),
  ].find(({ tags }) => isSet(tags));
  return tagged === undefined ? null : `${tagged.id} has the tag ${NEVER_TOUCH_TAG}: it is never changed.`;
}

function isSet(tags: Tags): boolean {
  const value = tags[NEVER_TOUCH_TAG];
  return value !== undefined && value.trim().toLowerCase() !== 'false';
}
