import type { CloudNetwork, Place, SecurityGroupRule } from '../../../core/cloud/network.ts';
import { RuleProblem } from '../../../core/cloud/rule-problem.ts';
import type { CloudReader, RuleChanger } from '../../../core/ports/cloud.ts';
import type { RuleShape, RuleStep } from '../../../core/remediation/security-groups/rule-step.ts';

/** Security groups in memory that answer as EC2 does and can be made to fail in every way it can. */
export class FakeCloud implements CloudReader, RuleChanger {
  readonly places: Place[];
  readonly applied: RuleStep[] = [];
  /** Findings that changes were made for. */
  readonly actedFor: string[] = [];
  network: CloudNetwork;
  /** What the role may not do: it is refused when it is rehearsed. */
  forbidden: (step: RuleStep) => boolean = () => false;
  /** Called before each call is carried out; throws to refuse it. */
  before: (step: RuleStep) => void = () => undefined;
  /** Called after each call was carried out; throws to lose its answer. */
  after: (step: RuleStep) => void = () => undefined;
  /** Reads that still show what was before the last change. */
  staleReads = 0;
  unreadable: Error | null = null;
  #shown: CloudNetwork | null = null;
  #count = 0;

  constructor(network: CloudNetwork) {
    this.network = network;
    this.places = [{ account: network.account, region: network.region }];
  }

  actingFor(findingId: string): this {
    this.actedFor.push(findingId);
    return this;
  }

  async readAll(): Promise<CloudNetwork> {
    if (this.unreadable !== null) throw this.unreadable;
    return this.network;
  }

  readAround(): Promise<CloudNetwork> {
    return this.readAll();
  }

  async readRules(_: Place, groupIds: readonly string[]): Promise<ReadonlyMap<string, readonly SecurityGroupRule[]>> {
    if (this.unreadable !== null) throw this.unreadable;
    const stale = this.staleReads > 0 && this.#shown !== null;
    if (stale) this.staleReads -= 1;
    const { groups } = stale && this.#shown !== null ? this.#shown : this.network;
    return new Map(
      groups
        .filter(({ id }) => groupIds.includes(id))
        .map(({ id, rules }) => [id, rules.filter(({ egress }) => !egress)]),
    );
  }

  async rehearse(_: Place, step: RuleStep): Promise<void> {
    if (this.forbidden(step))
      throw new RuleProblem('denied', `ec2 ${step.op} of ${step.groupId} failed: UnauthorizedOperation`);
  }

  async apply(_: Place, step: RuleStep): Promise<void> {
    this.before(step);
    if (this.staleReads === 0) this.#shown = this.network;
    this.edit(step.groupId, (rules) => this.#carryOut(rules, step));
    this.applied.push(step);
    this.after(step);
  }

  /** What somebody else does. */
  edit(groupId: string, change: (rules: readonly SecurityGroupRule[]) => SecurityGroupRule[]): void {
    this.network = {
      ...this.network,
      groups: this.network.groups.map((group) =>
        group.id === groupId ? { ...group, rules: change(group.rules) } : group,
      ),
    };
  }

  /** Ingress rules as `tcp 22-22 0.0.0.0/0` lines, sorted. */
  lines(): string[] {
    return this.network.groups
      .flatMap(({ id, rules }) => rules.filter(({ egress }) => !egress).map((rule) => `${id} ${tuple(rule)}`))
      .sort();
  }

  #carryOut(rules: readonly SecurityGroupRule[], step: RuleStep): SecurityGroupRule[] {
    const others = (ruleId: string) => rules.filter(({ id }) => id !== ruleId);
    if (step.op === 'authorize') {
      if (rules.some((rule) => !rule.egress && tuple(rule) === tuple(step.rule))) {
        throw new RuleProblem('duplicate', 'the specified rule already exists');
      }
      this.#count += 1;
      const { groupId, rule, tags } = step;
      return [...rules, { id: `sgr-new-${this.#count}`, groupId, egress: false, ...rule, tags }];
    }
    const own = rules.find(({ id }) => id === step.ruleId);
    if (own === undefined) throw new RuleProblem('not-found', `the rule ${step.ruleId} does not exist`);
    if (step.op === 'revoke') return others(step.ruleId);
    if (others(step.ruleId).some((rule) => !rule.egress && tuple(rule) === tuple(step.to))) {
      throw new RuleProblem('duplicate', 'the specified rule already exists');
    }
    return [...others(step.ruleId), { ...own, ...step.to }];
  }
}

function tuple({ protocol, fromPort, toPort, source }: Omit<RuleShape, 'description'>): string {
  return `${protocol} ${fromPort}-${toPort} ${'cidr' in source ? source.cidr : source.id}`;
}
