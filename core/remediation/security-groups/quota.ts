import type { PrefixList } from '../../cloud/network.ts';
import { Refused } from '../../errors.ts';
import type { QuotaDelta, RulesByGroup } from './closure-plan.ts';
import { ingressOf } from './describe-rules.ts';
import type { RuleShape, RuleStep } from './rule-step.ts';

const FAMILIES = ['v4', 'v6'] as const;

/**
 * What the steps add to each group at its fullest. AWS counts IPv4 and IPv6 apart: a CIDR is one rule, a group one in each family,
 * a prefix list as many as its largest size.
 * @throws Refused when a group has no room. Then nothing must be changed: a plan stopped halfway would leave the port open.
 */
export function quotaOf(
  rules: RulesByGroup,
  steps: readonly RuleStep[],
  prefixLists: readonly PrefixList[],
  limit: number,
): QuotaDelta[] {
  const weigh = (shapes: readonly Pick<RuleShape, 'source'>[], family: 'v4' | 'v6') =>
    shapes.reduce((sum, { source }) => sum + weightOf(source, family, prefixLists), 0);
  const deltas: QuotaDelta[] = [];
  for (const [groupId, held] of rules) {
    const added = steps.flatMap((step) => (step.op === 'authorize' && step.groupId === groupId ? [step.rule] : []));
    for (const family of FAMILIES) {
      const delta = weigh(added, family);
      if (delta > 0) deltas.push({ groupId, family, delta, used: weigh(ingressOf(held), family) });
    }
  }
  for (const { groupId, family, delta, used } of deltas) {
    if (used + delta <= limit) continue;
    throw new Refused(
      `${groupId} has no room for what must remain: it counts ${used} of ${limit} ${family === 'v4' ? 'IPv4' : 'IPv6'} ingress rules and ` +
        `needs ${delta} more for a moment. Nothing was changed. Remove rules that are no longer needed or raise the quota "Inbound or outbound rules per security group", then plan again.`,
    );
  }
  return deltas;
}

function weightOf(source: RuleShape['source'], family: 'v4' | 'v6', prefixLists: readonly PrefixList[]): number {
  if (source.kind === 'group') return 1;
  if (source.kind !== 'prefix-list') return Number((source.kind === 'ipv4') === (family === 'v4'));
  const list = prefixLists.find(({ id }) => id === source.id);
  if (!list) return 1;
  return list.family === family ? (list.maxEntries ?? list.entries.length) : 0;
}
