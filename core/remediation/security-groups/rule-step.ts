import * as z from 'zod';

/** A rule as it is given to EC2: without an id. Port null as in SecurityGroupRule. */
export const RuleShape = z.object({
  protocol: z.string(),
  fromPort: z.number().int().nullable(),
  toPort: z.number().int().nullable(),
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('ipv4'), cidr: z.string() }),
    z.object({ kind: z.literal('ipv6'), cidr: z.string() }),
    z.object({ kind: z.literal('prefix-list'), id: z.string() }),
    z.object({ kind: z.literal('group'), id: z.string(), account: z.string().nullable() }),
  ]),
  description: z.string().nullable(),
});
export type RuleShape = z.infer<typeof RuleShape>;

/**
 * One call to EC2 about one ingress rule. Each can be repeated without harm: a repetition finds the rule as it should be.
 * `authorize`: AuthorizeSecurityGroupIngress with tags. `modify`: ModifySecurityGroupRules, which keeps the rule's id and tags.
 * `revoke`: RevokeSecurityGroupIngress by rule id.
 */
export const RuleStep = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('authorize'),
    groupId: z.string(),
    rule: RuleShape,
    tags: z.record(z.string(), z.string()),
  }),
  z.object({ op: z.literal('modify'), groupId: z.string(), ruleId: z.string(), from: RuleShape, to: RuleShape }),
  z.object({ op: z.literal('revoke'), groupId: z.string(), ruleId: z.string(), rule: RuleShape }),
]);
export type RuleStep = z.infer<typeof RuleStep>;
