import type { IpPermission, SecurityGroupRule as Ec2Rule, SecurityGroupRuleRequest, Tag } from '@aws-sdk/client-ec2';
import type { RuleSource, SecurityGroupRule, Tags } from '../../../core/cloud/network.ts';
import type { RuleShape } from '../../../core/remediation/security-groups/rule-step.ts';

/** EC2 takes protocols by name or number and may answer with either. */
const PROTOCOL_NAMES: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6' };

/** What EC2 writes where a protocol has no ports, and "all" as an ICMP type or code. */
const NONE = -1;

export function protocolName(protocol: string): string {
  return PROTOCOL_NAMES[protocol] ?? protocol;
}

export function tagsOf(tags: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

/** @throws when EC2 left out what every answer has: a network that is known in part must not be judged. */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`EC2 answered without ${what}`);
  return value;
}

/** @throws when the rule has no id, group or source, or a source of a kind that is not known */
export function toRule(rule: Ec2Rule): SecurityGroupRule {
  const id = required(rule.SecurityGroupRuleId, 'the id of a security group rule');
  const protocol = protocolName(required(rule.IpProtocol, `the protocol of ${id}`));
  return {
    id,
    groupId: required(rule.GroupId, `the group of ${id}`),
    egress: required(rule.IsEgress, `the direction of ${id}`),
    protocol,
    ...portsOf(protocol, rule),
    source: sourceOf(rule, id),
    description: rule.Description ?? null,
    tags: tagsOf(rule.Tags),
  };
}

function portsOf(protocol: string, rule: Ec2Rule): { fromPort: number | null; toPort: number | null } {
  const { FromPort = NONE, ToPort = NONE } = rule;
  switch (protocol) {
    case 'tcp':
    case 'udp':
      // Left out, the rule is for every port.
      return { fromPort: FromPort === NONE ? 0 : FromPort, toPort: ToPort === NONE ? 65_535 : ToPort };
    case 'icmp':
    case 'icmpv6':
      return { fromPort: FromPort, toPort: ToPort };
    default:
      return { fromPort: null, toPort: null };
  }
}

function sourceOf(rule: Ec2Rule, id: string): RuleSource {
  if (rule.CidrIpv4 !== undefined) return { kind: 'ipv4', cidr: rule.CidrIpv4 };
  if (rule.CidrIpv6 !== undefined) return { kind: 'ipv6', cidr: rule.CidrIpv6 };
  if (rule.PrefixListId !== undefined) return { kind: 'prefix-list', id: rule.PrefixListId };
  const { GroupId, UserId } = required(rule.ReferencedGroupInfo, `the source of ${id}`);
  return { kind: 'group', id: required(GroupId, `the group that ${id} refers to`), account: UserId ?? null };
}

/** One rule as AuthorizeSecurityGroupIngress takes it: one source, so that the call adds this rule or nothing. */
export function toPermission(rule: RuleShape): IpPermission {
  const described = describedBy(rule);
  const permission = {
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort ?? NONE,
    ToPort: rule.toPort ?? NONE,
  };
  const { source } = rule;
  switch (source.kind) {
    case 'ipv4':
      return { ...permission, IpRanges: [{ CidrIp: source.cidr, ...described }] };
    case 'ipv6':
      return { ...permission, Ipv6Ranges: [{ CidrIpv6: source.cidr, ...described }] };
    case 'prefix-list':
      return { ...permission, PrefixListIds: [{ PrefixListId: source.id, ...described }] };
    case 'group':
      return {
        ...permission,
        UserIdGroupPairs: [
          { GroupId: source.id, ...(source.account !== null && { UserId: source.account }), ...described },
        ],
      };
  }
}

/** One rule as ModifySecurityGroupRules takes it: the whole shape, because what is left out may be cleared. */
export function toRuleRequest(rule: RuleShape): SecurityGroupRuleRequest {
  const request = {
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort ?? NONE,
    ToPort: rule.toPort ?? NONE,
    ...describedBy(rule),
  };
  const { source } = rule;
  switch (source.kind) {
    case 'ipv4':
      return { ...request, CidrIpv4: source.cidr };
    case 'ipv6':
      return { ...request, CidrIpv6: source.cidr };
    case 'prefix-list':
      return { ...request, PrefixListId: source.id };
    case 'group':
      return { ...request, ReferencedGroupId: source.id };
  }
}

function describedBy({ description }: RuleShape): { Description?: string } {
  return description === null ? {} : { Description: description };
}
