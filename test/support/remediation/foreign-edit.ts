import type { SecurityGroupRule } from '../../../core/cloud/network.ts';
import type { RulesByGroup } from '../../../core/remediation/security-groups/closure-plan.ts';
import { aRule, from } from '../../builders/cloud-network.ts';
import { textOf } from '../../unit/remediation/security-groups/small-ec2.ts';
import type { ClosureLab } from './closure-lab.ts';

/** One rule more, or one less. */
export interface Edit {
  readonly added: SecurityGroupRule | null;
  readonly removed: SecurityGroupRule | null;
}

/** What somebody else does meanwhile, by `choice`: adds a rule, removes one that is none of `touched`, or removes one of these. */
export async function foreignEdit(lab: ClosureLab, choice: number, touched: readonly string[]): Promise<Edit> {
  const rules = [...(await lab.live()).values()].flat();
  const candidates = rules.filter(({ id }) => touched.includes(id) === (choice % 3 === 2));
  const [removed] = choice % 3 === 0 ? [] : candidates;
  if (removed) {
    await lab.revoke(removed.groupId, [removed.id]);
    return { added: null, removed };
  }
  const groupId = lab.groupIds[0]!;
  const added = aRule({ groupId, fromPort: 999, toPort: 1_001, source: from('8.8.8.0/24') });
  await lab.authorize(groupId, [added]);
  return { added, removed: null };
}

/** The rules with the edit, made at whatever moment: a removed rule may have had another form then. */
export function edited(rules: RulesByGroup, { added, removed }: Edit): RulesByGroup {
  const isGone = (rule: SecurityGroupRule) =>
    removed !== null &&
    rule.groupId === removed.groupId &&
    (rule.id === removed.id || textOf(rule) === textOf(removed));
  return new Map(
    [...rules].map(([id, each]) => [
      id,
      [...each.filter((rule) => !isGone(rule)), ...(added?.groupId === id ? [added] : [])],
    ]),
  );
}
