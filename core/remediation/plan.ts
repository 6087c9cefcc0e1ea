import * as z from 'zod';
import { Admission } from '../findings/finding.ts';
import { Protocol } from '../net/protocol.ts';
import { FirewallStep } from './closed-ports/firewall-step.ts';
import { GroupRules } from './security-groups/closure-plan.ts';
import { RuleStep } from './security-groups/rule-step.ts';

/** One call to a firewall: about one port of one address, or about one rule of a security group. Each can be repeated without harm. */
export const Step = z.discriminatedUnion('op', [FirewallStep, ...RuleStep.options]);
export type Step = z.infer<typeof Step>;

/** What is compared with the live firewall: is this one port closed, or the rules of the security groups. */
const Picture = z.union([z.object({ closed: z.boolean() }), z.object({ groups: GroupRules })]);

/** Somebody or something else that the change touches. */
export const Affected = z.object({ what: z.string(), why: z.string() });
export type Affected = z.infer<typeof Affected>;

/** An open port; `protocol` is absent for TCP, since the hash of a stored plan covers it. */
const Neighbour = z.object({
  address: z.string(),
  port: z.number().int(),
  protocol: z.literal('udp').optional(),
});

/** The part of a plan that a person approves; its hash binds the approval. Nothing in it changes later. */
export const PlanBody = z.object({
  findingId: z.string(),
  occurrence: z.number().int(),
  address: z.string(),
  protocol: Protocol,
  port: z.number().int(),
  target: z.string(),
  /** Account and Region of what is changed; null on this host. */
  place: z.object({ account: z.string(), region: z.string() }).nullable().default(null),
  admittedBy: z.array(Admission),
  /** The exact difference the plan makes. */
  before: Picture,
  after: Picture,
  steps: z.array(Step).min(1),
  inverse: z.array(Step).min(1),
  /** The same as commands a person can run. */
  commands: z.array(z.string()),
  inverseCommands: z.array(z.string()),
  /** As whom a person runs them: `as root`, `with the role ...`. */
  commandsBy: z.string().default('as root'),
  affected: z.array(Affected),
  /** Why no policy may approve it, one sentence; null: one may. */
  needsPerson: z.string().nullable().default(null),
  /** Effect on connections that are open now, one sentence. */
  sessions: z.string(),
  /** Open ports that must stay open, at most three; probed after the change. */
  neighbours: z.array(Neighbour).max(3),
});
export type PlanBody = z.infer<typeof PlanBody>;

/** What one probe after the change showed. `at` is when the probe began. */
export const Evidence = z.object({
  address: z.string(),
  port: z.number().int(),
  /** Absent for TCP. */
  protocol: z.literal('udp').optional(),
  state: z.enum(['open', 'closed', 'filtered', 'unknown']),
  at: z.string(),
});
export type Evidence = z.infer<typeof Evidence>;

/**
 * proposed -> applying -> applied -> verified
 * proposed -> manual -> verified                      (nothing here may change the firewall: a person runs the commands)
 * applied -> rolling-back -> rolled-back              (lost neighbour, still open, or `rollback`)
 * manual | applying | verified | failed -> rolling-back -> rolled-back       (`rollback`)
 * verified -> applying -> applied                     (a reboot emptied the table: an approved closure is put back)
 * proposed | applying | manual -> refused             (drift, whitelist, protection, kill switch ...: nothing was changed)
 * refused | rolled-back | failed -> proposed          (asked for again: a new approval)
 * applying | applied | verified | rolling-back -> failed   (the firewall is not in a known state: a person must look)
 */
export const PlanState = z.enum([
  'proposed',
  'manual',
  'applying',
  'applied',
  'verified',
  'rolling-back',
  'rolled-back',
  'refused',
  'failed',
]);
export type PlanState = z.infer<typeof PlanState>;

export const Plan = z.object({
  id: z.string(),
  version: z.number().int(),
  hash: z.string(),
  body: PlanBody,
  state: PlanState,
  /** Why it is in this state, for a person. */
  note: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
  appliedAt: z.string().nullable(),
  verifiedAt: z.string().nullable(),
  /** Verification attempts so far. */
  verifications: z.number().int(),
  /** What the probes after the change showed, oldest first. */
  evidence: z.array(Evidence).default([]),
});
export type Plan = z.infer<typeof Plan>;

/** A message on the remediation queue. */
export const RemediationRequest = z.object({
  action: z.enum(['apply', 'rollback']),
  planId: z.string(),
  approvalId: z.string().nullable(),
  /** Who asked, for the audit. */
  actor: z.string(),
});
export type RemediationRequest = z.infer<typeof RemediationRequest>;
