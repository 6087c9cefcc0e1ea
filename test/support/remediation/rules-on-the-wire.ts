import {
  DescribeSecurityGroupRulesCommand,
  type EC2Client,
  type IpPermission,
  type SecurityGroupRule as Ec2Rule,
} from '@aws-sdk/client-ec2';
import type { RuleSource, SecurityGroupRule } from '../../../core/cloud/network.ts';
import type { RulesByGroup } from '../../../core/remediation/security-groups/closure-plan.ts';

/*
 * Rules given to EC2 and read from it by a translation of the tests' own.
 */

/** One permission a rule. */
export function permissionsOf(rules: readonly SecurityGroupRule[]): IpPermission[] {
  return rules.map(({ protocol, fromPort, toPort, source, description }) => {
    const about = description === null ? {} : { Description: description };
    const what = { IpProtocol: protocol, FromPort: fromPort ?? -1, ToPort: toPort ?? -1 };
    switch (source.kind) {
      case 'ipv4':
        return { ...what, IpRanges: [{ CidrIp: source.cidr, ...about }] };
      case 'ipv6':
        return { ...what, Ipv6Ranges: [{ CidrIpv6: source.cidr, ...about }] };
      case 'prefix-list':
        return { ...what, PrefixListIds: [{ PrefixListId: source.id, ...about }] };
      case 'group':
        return { ...what, UserIdGroupPairs: [{ GroupId: source.id, ...about }] };
    }
  });
}

/** Ingress rules of the groups; a group that is gone has none. */
export async function readRules(ec2: EC2Client, groupIds: readonly string[]): Promise<RulesByGroup> {
  const { SecurityGroupRules = [] } = await ec2.send(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [...groupIds] }] }),
  );
  const ingress = SecurityGroupRules.filter(({ IsEgress }) => IsEgress === false).map(ruleOf);
  return new Map(groupIds.map((id) => [id, ingress.filter(({ groupId }) => groupId === id)]));
}

function ruleOf(rule: Ec2Rule): SecurityGroupRule {
  const protocol = rule.IpProtocol!;
  return {
    id: rule.SecurityGroupRuleId!,
    groupId: rule.GroupId!,
    egress: false,
    protocol,
    fromPort: portOf(protocol, rule.FromPort, 0),
    toPort: portOf(protocol, rule.ToPort, 65_535),
    source: sourceOf(rule),
    description: rule.Description ?? null,
    tags: Object.fromEntries((rule.Tags ?? []).map(({ Key, Value }) => [Key!, Value ?? ''])),
  };
}

/** ICMP writes -1 for every type; tcp and udp without ports have all of them, `end` is the first or the last. */
function portOf(protocol: string, port: number | undefined, end: number): number | null {
  if (protocol.startsWith('icmp')) return port ?? -1;
  const none = port === undefined || port === -1;
  return protocol === 'tcp' || protocol === 'udp' ? (none ? end : port) : null;
}

function sourceOf(rule: Ec2Rule): RuleSource {
  if (rule.CidrIpv4) return { kind: 'ipv4', cidr: rule.CidrIpv4 };
  if (rule.CidrIpv6) return { kind: 'ipv6', cidr: rule.CidrIpv6 };
  if (rule.PrefixListId) return { kind: 'prefix-list', id: rule.PrefixListId };
  return { kind: 'group', id: rule.ReferencedGroupInfo!.GroupId!, account: rule.ReferencedGroupInfo!.UserId ?? null };
}

/** What people see of the rules, without ids and without the tags that AWS keeps for itself: one line each, sorted. */
export function linesOf(rules: RulesByGroup): string[] {
  return [...rules].flatMap(([groupId, each]) => each.map((rule) => `${groupId} ${lineOf(rule)}`)).sort();
}

function lineOf({ protocol, fromPort, toPort, source, description, tags }: SecurityGroupRule): string {
  const own = Object.entries(tags)
    .filter(([key]) => !key.startsWith('aws:'))
    .map(([key, value]) => `${key}=${value}`)
    .sort();
  const from = 'id' in source ? source.id : source.cidr;
  return `${protocol} ${fromPort}-${toPort} ${from} ${JSON.stringify(description)} ${own.join(',')}`;
}
