import * as z from 'zod';
import type { PrefixList, SecurityGroupRule, Tags } from '../../cloud/network.ts';
import { RuleShape, RuleStep } from './rule-step.ts';

/** Every ingress rule of some groups, by group id. Egress rules are passed over. */
export type RulesByGroup = ReadonlyMap<string, readonly SecurityGroupRule[]>;

/**
 * What is closed: one port, for every public source of the families. A private network that a rule or a list names, alone or as a part of a
 * wider one, keeps the port. Nobody is named by 0.0.0.0/0, ::/0 or what is nearly as wide: with `keepPrivate` private networks keep the port there too, by rules of their own.
 */
export const ClosureTarget = z.object({
  protocol: z.enum(['tcp', 'udp']),
  port: z.number().int().min(0).max(65_535),
  family: z.enum(['v4', 'v6', 'both']),
  keepPrivate: z.boolean().default(false),
});
export type ClosureTarget = z.infer<typeof ClosureTarget>;

export interface ClosureRequest extends Omit<ClosureTarget, 'keepPrivate'> {
  /** Without it, false. */
  readonly keepPrivate?: boolean;
  /** All ingress rules of all groups on the interface. */
  readonly rules: RulesByGroup;
  readonly prefixLists: readonly PrefixList[];
  /** AWS: 60 unless the account was given more; counted for IPv4 and for IPv6 apart. */
  readonly quota: { readonly ingressRulesPerGroup: number };
  /** The second, explicit confirmation without which a rule of protocol -1 is not split. */
  readonly allowAllProtocols: boolean;
  /** The tag `exposure:finding` of the rules that are added. */
  readonly findingId: string;
  /** Tags of the groups by id, for the note that a template will put the rule back. */
  readonly groupTags?: ReadonlyMap<string, Tags>;
}

/** One ingress rule as people approve it. `id` null: EC2 gives it one. */
export const DescribedRule = z.object({
  id: z.string().nullable(),
  rule: RuleShape,
  tags: z.record(z.string(), z.string()),
});
export type DescribedRule = z.infer<typeof DescribedRule>;

/** Rules by group id, in one canonical order: equal rules have equal canonical JSON. */
export const GroupRules = z.record(z.string(), z.array(DescribedRule));
export type GroupRules = z.infer<typeof GroupRules>;

/** Rules that a group holds and gains of one family. */
export const QuotaDelta = z.object({
  groupId: z.string(),
  family: z.enum(['v4', 'v6']),
  /** Rules more at the fullest moment: after what is added, before what is removed. `used + delta` never exceeds the quota. */
  delta: z.number().int(),
  used: z.number().int(),
});
export type QuotaDelta = z.infer<typeof QuotaDelta>;

export const ClosurePlan = z.object({
  target: ClosureTarget,
  /** Authorize what remains, then modify, then revoke: no moment admits less than `after` or more than `before`. */
  steps: z.array(RuleStep).min(1),
  /** What undoes the steps, for people to read. A rule that EC2 has not named yet is called `new:...`; `planInverse` makes the steps to carry out. */
  inverse: z.array(RuleStep).min(1),
  before: GroupRules,
  after: GroupRules,
  quotaDelta: z.array(QuotaDelta),
  /** Sentences for the person who approves. */
  notes: z.array(z.string()),
  /** Ids of the rules that are modified or revoked, sorted. */
  touches: z.array(z.string()),
});
export type ClosurePlan = z.infer<typeof ClosurePlan>;
