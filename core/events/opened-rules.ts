import * as z from 'zod';
import type { RuleSource } from '../cloud/network.ts';
import type { RuleShape } from '../remediation/security-groups/rule-step.ts';
import type { OpenedRule } from './firewall-event.ts';

/** Ids and CIDRs are short; anything longer is not one. */
const Text = z.string().max(256);

/** CloudTrail writes numbers, and text where the call was made with text. */
const PortNumber = z.union([
  z.number().int(),
  z
    .string()
    .regex(/^-?\d{1,5}$/)
    .transform(Number),
]);

/** One or several: CloudTrail leaves the list out around a single one in PascalCase calls. */
function listOf<T extends z.ZodType>(item: T) {
  return z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item));
}

/** `responseElements` of AuthorizeSecurityGroupIngress. */
const Authorized = z.object({
  securityGroupRuleSet: z.object({
    items: listOf(
      z.object({
        securityGroupRuleId: Text,
        groupId: Text,
        isEgress: z.boolean(),
        ipProtocol: Text,
        fromPort: PortNumber.nullish(),
        toPort: PortNumber.nullish(),
        cidrIpv4: Text.nullish(),
        cidrIpv6: Text.nullish(),
        prefixListId: Text.nullish(),
        referencedGroupInfo: z.object({ groupId: Text.nullish(), userId: Text.nullish() }).nullish(),
        description: Text.nullish(),
      }),
    ),
  }),
});

/** `requestParameters` of ModifySecurityGroupRules. It is used for egress rules too and does not say which. */
const Modified = z.object({
  ModifySecurityGroupRulesRequest: z.object({
    GroupId: Text,
    SecurityGroupRule: listOf(
      z.object({
        SecurityGroupRuleId: Text,
        SecurityGroupRule: z
          .object({
            IpProtocol: Text.nullish(),
            FromPort: PortNumber.nullish(),
            ToPort: PortNumber.nullish(),
            CidrIpv4: Text.nullish(),
            CidrIpv6: Text.nullish(),
            PrefixListId: Text.nullish(),
            ReferencedGroupId: Text.nullish(),
            Description: Text.nullish(),
          })
          .nullish(),
      }),
    ),
  }),
});

/** Ingress rules that the call made; `egress` counts the others. Null elements: none. @throws z.ZodError */
export function authorizedRules(responseElements: unknown): { opened: OpenedRule[]; egress: number } {
  if (responseElements === null || responseElements === undefined) return { opened: [], egress: 0 };
  const { items } = Authorized.parse(responseElements).securityGroupRuleSet;
  const opened = items
    .filter((item) => !item.isEgress)
    .map((item) => ({
      ruleId: item.securityGroupRuleId,
      groupId: item.groupId,
      shape: shapeOf({
        ...item,
        referencedGroupId: item.referencedGroupInfo?.groupId,
        referencedAccount: item.referencedGroupInfo?.userId,
      }),
    }));
  return { opened, egress: items.length - opened.length };
}

/** Rules that the call changed. @throws z.ZodError */
export function modifiedRules(requestParameters: unknown): OpenedRule[] {
  const { GroupId, SecurityGroupRule } = Modified.parse(requestParameters).ModifySecurityGroupRulesRequest;
  return SecurityGroupRule.map(({ SecurityGroupRuleId, SecurityGroupRule: rule }) => ({
    ruleId: SecurityGroupRuleId,
    groupId: GroupId,
    shape: shapeOf({
      ipProtocol: rule?.IpProtocol,
      fromPort: rule?.FromPort,
      toPort: rule?.ToPort,
      cidrIpv4: rule?.CidrIpv4,
      cidrIpv6: rule?.CidrIpv6,
      prefixListId: rule?.PrefixListId,
      referencedGroupId: rule?.ReferencedGroupId,
      description: rule?.Description,
    }),
  }));
}

interface SaidRule {
  ipProtocol?: string | null | undefined;
  fromPort?: number | null | undefined;
  toPort?: number | null | undefined;
  cidrIpv4?: string | null | undefined;
  cidrIpv6?: string | null | undefined;
  prefixListId?: string | null | undefined;
  referencedGroupId?: string | null | undefined;
  referencedAccount?: string | null | undefined;
  description?: string | null | undefined;
}

/** Null when protocol or source is missing: then the rule has to be read. */
function shapeOf(said: SaidRule): RuleShape | null {
  const source = sourceOf(said);
  if (source === null || !said.ipProtocol) return null;
  const protocol = protocolOf(said.ipProtocol);
  const ports =
    protocol === '-1'
      ? { fromPort: null, toPort: null }
      : { fromPort: said.fromPort ?? null, toPort: said.toPort ?? null };
  return { protocol, ...ports, source, description: said.description ?? null };
}

function sourceOf(said: SaidRule): RuleSource | null {
  if (said.cidrIpv4) return { kind: 'ipv4', cidr: said.cidrIpv4 };
  if (said.cidrIpv6) return { kind: 'ipv6', cidr: said.cidrIpv6 };
  if (said.prefixListId) return { kind: 'prefix-list', id: said.prefixListId };
  if (said.referencedGroupId) {
    return { kind: 'group', id: said.referencedGroupId, account: said.referencedAccount ?? null };
  }
  return null;
}

/** Names that EC2 answers with for numbers it is asked with. */
const NAMES: Readonly<Record<string, string>> = { 6: 'tcp', 17: 'udp', 1: 'icmp', 58: 'icmpv6' };

function protocolOf(text: string): string {
  const lower = text.toLowerCase();
  return NAMES[lower] ?? (lower === 'all' ? '-1' : lower);
}
