import type { PrefixList, SecurityGroupRule } from '../../cloud/network.ts';
import type { ClosureRequest, ClosureTarget } from './closure-plan.ts';
import { namesNobody } from '../../net/public-space.ts';
import type { RuleStep } from './rule-step.ts';
import { protocolOf, sourceText, tupleOf } from './rule-tuple.ts';
import { KEPT_NUMBERS, type Split } from './split-rule.ts';

/** What a person should know before approving, as sentences; the effect on open connections first. */
export function planNotes(
  request: ClosureRequest,
  target: ClosureTarget,
  splits: readonly Split[],
  steps: readonly RuleStep[],
  kept: readonly SecurityGroupRule[],
): string[] {
  const rules = splits.map(({ rule }) => rule);
  return [
    ...sessionNotes(rules),
    ...insideNotes(target, rules),
    ...keptNotes(target, splits, kept),
    ...allProtocolsNotes(target, rules),
    ...listNotes(request, splits),
    ...tagNotes(rules, steps),
    ...templateNotes(request, rules),
  ];
}

/** AWS, "Amazon EC2 security group connection tracking": flows that /0 rules let in and let answer are not tracked. */
function sessionNotes(rules: readonly SecurityGroupRule[]): string[] {
  const wide = [...new Set(rules.map(({ source }) => sourceText(source)))].filter((text) => text.endsWith('/0'));
  const narrow = rules.filter(({ source }) => !sourceText(source).endsWith('/0'));
  const notes: string[] = [];
  if (wide.length > 0) {
    notes.push(
      `Connections that are open now through ${wide.join(' and ')} are cut at once where the group lets everything out (the default), except through load balancers and NAT gateways; elsewhere they live on.`,
    );
  }
  if (narrow.length > 0) {
    notes.push(
      `Connections that are open now through ${listed(narrow)} are tracked and live on until they end or are idle too long (TCP: 5 days, 350 seconds on the newest instances).`,
    );
  }
  return notes;
}

function insideNotes({ port, protocol, keepPrivate }: ClosureTarget, rules: readonly SecurityGroupRule[]): string[] {
  const anywhere = rules.filter(({ source }) => namesNobody(sourceText(source)));
  if (anywhere.length === 0 || keepPrivate) return [];
  return [
    `Machines inside that use ${protocol} port ${port} by ${listed(anywhere)} alone, such as load balancers and other subnets, lose it too: give them a rule of their own first.`,
  ];
}

function keptNotes(
  { port, protocol }: ClosureTarget,
  splits: readonly Split[],
  kept: readonly SecurityGroupRule[],
): string[] {
  const notes: string[] = [];
  const partly = splits.filter(({ rule, remainder }) =>
    remainder.some(({ source }) => sourceText(source) !== sourceText(rule.source)),
  );
  if (partly.length > 0) {
    notes.push(
      `Private networks within ${[...new Set(partly.map(({ rule }) => sourceText(rule.source)))].join(' and ')} keep ${protocol} port ${port}: they are not the internet.`,
    );
  }
  if (kept.length > 0) notes.push(`Left as it is: ${listed(kept)}.`);
  return notes;
}

function allProtocolsNotes({ protocol, port }: ClosureTarget, rules: readonly SecurityGroupRule[]): string[] {
  const everything = rules.filter((rule) => protocolOf(rule.protocol) === '-1');
  if (everything.length === 0) return [];
  return [
    `${listed(everything)}: public sources keep tcp, udp and ICMP without ${protocol} port ${port}, and protocols ${KEPT_NUMBERS.join(', ')} (GRE, ESP, AH, SCTP); they lose every other protocol number.`,
  ];
}

function listNotes(
  { prefixLists }: { readonly prefixLists: readonly PrefixList[] },
  splits: readonly Split[],
): string[] {
  return splits.flatMap(({ rule, remainder }) => {
    if (rule.source.kind !== 'prefix-list') return [];
    const { id } = rule.source;
    const name = prefixLists.find((list) => list.id === id)?.name ?? '';
    const copied = remainder.some(({ source }) => source.kind !== 'prefix-list');
    const copy = copied
      ? ' Its private entries become rules of their own, which do not follow the list when it is edited.'
      : '';
    return [`The prefix list ${id}${name === '' ? '' : ` (${name})`} is not edited: others may use it.${copy}`];
  });
}

function tagNotes(rules: readonly SecurityGroupRule[], steps: readonly RuleStep[]): string[] {
  const notes: string[] = [];
  if (steps.some(({ op }) => op === 'authorize')) {
    notes.push(
      'Rules that are added have the description of the rule they come from, and the tags exposure:split-from and exposure:finding.',
    );
  }
  const revoked = new Set(steps.flatMap((step) => (step.op === 'revoke' ? [step.ruleId] : [])));
  const tagged = rules.filter(({ id, tags }) => revoked.has(id) && Object.keys(tags).length > 0);
  if (tagged.length > 0) {
    notes.push(
      `${tagged.map(({ id, tags }) => `${id} goes with its tags ${Object.keys(tags).sort().join(', ')}`).join('; ')}: a rollback sets them again on a rule with a new id, except those that begin with aws:.`,
    );
  }
  return notes;
}

function templateNotes(
  { groupTags }: Pick<ClosureRequest, 'groupTags'>,
  rules: readonly SecurityGroupRule[],
): string[] {
  const managed = rules.filter(({ groupId, tags }) => isManaged(tags) || isManaged(groupTags?.get(groupId) ?? {}));
  if (managed.length === 0) return [];
  return [`${listed(managed)} is kept by a template: it will come back unless it is changed there too.`];
}

/** Tags that CloudFormation sets, and what users of Terraform, OpenTofu and Pulumi commonly write. */
function isManaged(tags: Readonly<Record<string, string>>): boolean {
  return Object.entries(tags).some(
    ([key, value]) => key.startsWith('aws:cloudformation:') || /terraform|opentofu|pulumi/i.test(`${key} ${value}`),
  );
}

function listed(rules: readonly SecurityGroupRule[]): string {
  return rules.map((rule) => `${rule.id} (${tupleOf(rule)})`).join(', ');
}
