import type { Place } from '../../cloud/network.ts';
import type { RuleShape, RuleStep } from './rule-step.ts';
import { UNNAMED } from './rule-tuple.ts';

/** The steps as commands of the AWS command line, in order, for a shell. */
export function awsCommands({ region }: Place, steps: readonly RuleStep[]): string[] {
  return steps.map((step) => `aws ec2 ${verb(step)} --region ${region} --group-id ${step.groupId} ${what(step)}`);
}

function verb({ op }: RuleStep): string {
  if (op === 'authorize') return 'authorize-security-group-ingress';
  return op === 'modify' ? 'modify-security-group-rules' : 'revoke-security-group-ingress';
}

function what(step: RuleStep): string {
  switch (step.op) {
    case 'authorize': {
      const tags = Object.entries(step.tags).map(([Key, Value]) => ({ Key, Value }));
      const specification = [{ ResourceType: 'security-group-rule', Tags: tags }];
      const tagged = tags.length === 0 ? '' : ` --tag-specifications ${json(specification)}`;
      return `--ip-permissions ${json([permission(step.rule)])}${tagged}`;
    }
    case 'modify':
      return `--security-group-rules ${json([{ SecurityGroupRuleId: step.ruleId, SecurityGroupRule: request(step.to) }])}`;
    case 'revoke':
      // EC2 had not named the rule when the plan was made.
      return step.ruleId.startsWith(UNNAMED)
        ? `--ip-permissions ${json([permission(step.rule)])}`
        : `--security-group-rule-ids ${step.ruleId}`;
    default:
      throw new TypeError(`unknown step ${JSON.stringify(step satisfies never)}`);
  }
}

/** An IpPermission of AuthorizeSecurityGroupIngress with one source. */
function permission({ protocol, fromPort, toPort, source, description }: RuleShape): object {
  const ports = { IpProtocol: protocol, ...(fromPort === null ? {} : { FromPort: fromPort, ToPort: toPort }) };
  const about = description === null ? {} : { Description: description };
  switch (source.kind) {
    case 'ipv4':
      return { ...ports, IpRanges: [{ CidrIp: source.cidr, ...about }] };
    case 'ipv6':
      return { ...ports, Ipv6Ranges: [{ CidrIpv6: source.cidr, ...about }] };
    case 'prefix-list':
      return { ...ports, PrefixListIds: [{ PrefixListId: source.id, ...about }] };
    case 'group': {
      const owner = source.account === null ? {} : { UserId: source.account };
      return { ...ports, UserIdGroupPairs: [{ GroupId: source.id, ...owner, ...about }] };
    }
    default:
      throw new TypeError(`unknown source ${JSON.stringify(source satisfies never)}`);
  }
}

/** A SecurityGroupRuleRequest of ModifySecurityGroupRules. The description is given again: an omitted one may be cleared. */
function request({ protocol, fromPort, toPort, source, description }: RuleShape): object {
  const from = {
    ipv4: 'CidrIpv4',
    ipv6: 'CidrIpv6',
    'prefix-list': 'PrefixListId',
    group: 'ReferencedGroupId',
  } as const;
  return {
    IpProtocol: protocol,
    ...(fromPort === null ? {} : { FromPort: fromPort, ToPort: toPort }),
    [from[source.kind]]: 'cidr' in source ? source.cidr : source.id,
    ...(description === null ? {} : { Description: description }),
  };
}

/** JSON as one word of a POSIX shell. */
function json(value: unknown): string {
  return `'${JSON.stringify(value).replaceAll("'", String.raw`'\''`)}'`;
}
