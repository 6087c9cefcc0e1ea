import type { SecurityGroupRule } from '../../../../core/cloud/network.ts';
import type { RulesByGroup } from '../../../../core/remediation/security-groups/closure-plan.ts';
import type { RuleShape, RuleStep } from '../../../../core/remediation/security-groups/rule-step.ts';

/** What EC2 does with ingress rules, told without the planner's code: own ids, no tuple twice, no kind of source changed. */
export class SmallEc2 {
  readonly #rules: SecurityGroupRule[];
  readonly #groups: string[];
  #made = 0;

  constructor(rules: RulesByGroup) {
    this.#groups = [...rules.keys()];
    this.#rules = [...rules.values()].flat();
  }

  read(): RulesByGroup {
    return new Map(this.#groups.map((id) => [id, this.#rules.filter(({ groupId }) => groupId === id)]));
  }

  apply(step: RuleStep): void {
    if (step.op === 'revoke') {
      this.#rules.splice(this.#indexOf(step.ruleId), 1);
      return;
    }
    const shape = step.op === 'authorize' ? step.rule : step.to;
    const same = this.#rules.find((rule) => rule.groupId === step.groupId && textOf(rule) === textOf(shape));
    if (step.op === 'authorize') {
      if (same) throw new Error('InvalidPermission.Duplicate');
      if (Object.keys(step.tags).some((key) => key.startsWith('aws:'))) throw new Error('InvalidParameterValue');
      this.#made += 1;
      const id = `sgr-made-${this.#made}`;
      this.#rules.push({ id, groupId: step.groupId, egress: false, ...shape, tags: step.tags });
      return;
    }
    const index = this.#indexOf(step.ruleId);
    const rule = this.#rules[index]!;
    if (same && same.id !== rule.id) throw new Error('InvalidPermission.Duplicate');
    if (rule.source.kind !== shape.source.kind) throw new Error('Invalid rule type');
    this.#rules[index] = { ...rule, ...shape };
  }

  #indexOf(id: string): number {
    const index = this.#rules.findIndex((rule) => rule.id === id);
    if (index === -1) throw new Error('InvalidSecurityGroupRuleId.NotFound');
    return index;
  }
}

/** Protocol, ports and source. */
export function textOf({ protocol, fromPort, toPort, source }: Omit<RuleShape, 'description'>): string {
  return `${protocol} ${fromPort}-${toPort} ${'id' in source ? source.id : source.cidr}`;
}

/** A group's rules as sorted text, ids left out. */
export function textsOf(rules: RulesByGroup): string[] {
  return [...rules]
    .flatMap(([groupId, each]) => each.map((rule) => `${groupId} ${textOf(rule)} "${rule.description}"`))
    .sort();
}
