import type { CloudNetwork, NetworkInterface } from '../../cloud/network.ts';
import type { RuleStep } from './rule-step.ts';
import { protocolOf } from './rule-tuple.ts';

/** Why no policy may approve the steps, one sentence, or null: they split a rule for every protocol, or others lose the port too. */
export function whyPerson(
  { interfaces }: Pick<CloudNetwork, 'interfaces'>,
  own: NetworkInterface,
  steps: readonly RuleStep[],
): string | null {
  const everything = steps.flatMap((step) => {
    const rule = step.op === 'modify' ? step.from : step.rule;
    return step.op !== 'authorize' && protocolOf(rule.protocol) === '-1' ? [step.ruleId] : [];
  });
  if (everything.length > 0) return `${everything.join(', ')} lets in every protocol, and would be split.`;
  const groupIds = new Set(steps.map(({ groupId }) => groupId));
  const sharing = interfaces.filter((other) => other.id !== own.id && other.groupIds.some((id) => groupIds.has(id)));
  if (sharing.length === 0) return null;
  const others = sharing.length === 1 ? 'another network interface' : `${sharing.length} other network interfaces`;
  return `${[...groupIds].join(', ')} is shared with ${others}: the port is closed there as well.`;
}
