import type * as fc from 'fast-check';
import type { Protocol } from '../../../core/net/protocol.ts';
import type { ClosureRequest, RulesByGroup } from '../../../core/remediation/security-groups/closure-plan.ts';
import { closure } from '../../unit/remediation/security-groups/arbitrary-closures.ts';

/** 255 characters, the most AWS takes, with every sign that it takes and that XML and forms make something of. */
export const ODD = `${"a-zA-Z0-9. _-:/()#,@[]+=&;{}!$* 100% of 'it' +".padEnd(252, 'x')}  .`;

/** Port to close at the machine's IPv4 or IPv6 address. */
export interface LabCase {
  readonly rules: RulesByGroup;
  readonly protocol: Protocol;
  readonly port: number;
  readonly family: 'v4' | 'v6';
}

/** The random closures of the planner's own tests, as far as a finding can ask for them. */
export const labCase: fc.Arbitrary<LabCase> = closure
  .filter(({ port }) => port > 0)
  .map(({ rules, protocol, port }) => ({ rules: withOddDescriptions(rules), protocol, port, family: familyOf(rules) }));

/** That of the rule which was made to let the port in. */
function familyOf(rules: ClosureRequest['rules']): 'v4' | 'v6' {
  const open = [...rules.values()].flat().find(({ id }) => id === 'sgr-1');
  const isSix =
    open?.source.kind === 'ipv6' || (open !== undefined && 'id' in open.source && open.source.id === 'pl-six');
  return isSix ? 'v6' : 'v4';
}

function withOddDescriptions(rules: RulesByGroup): RulesByGroup {
  const odd = (description: string | null) => (description?.length === 255 ? ODD : description);
  return new Map(
    [...rules].map(([id, each]) => [id, each.map((rule) => ({ ...rule, description: odd(rule.description) }))]),
  );
}
