import type { SecurityGroupRule } from '../../../../core/cloud/network.ts';
import type { ClosureRequest } from '../../../../core/remediation/security-groups/closure-plan.ts';
import { planClosure } from '../../../../core/remediation/security-groups/plan-closure.ts';
import type { RuleStep } from '../../../../core/remediation/security-groups/rule-step.ts';
import { tupleOf } from '../../../../core/remediation/security-groups/rule-tuple.ts';
import { aRule, from } from '../../../builders/cloud-network.ts';

export type Rules = Partial<SecurityGroupRule>[];

/** Close tcp 22 of sg-1, whose rules are sgr-1, sgr-2 and so on. */
export function request(rules: Rules, over: Partial<ClosureRequest> = {}): ClosureRequest {
  return {
    rules: new Map([['sg-1', rules.map((rule, index) => aRule({ id: `sgr-${index + 1}`, ...rule }))]]),
    protocol: 'tcp',
    port: 22,
    family: 'both',
    prefixLists: [],
    quota: { ingressRulesPerGroup: 60 },
    allowAllProtocols: false,
    findingId: 'f-7',
    ...over,
  };
}

/** `authorize tcp 23-30 from 0.0.0.0/0`, `modify sgr-1 to ...`, `revoke sgr-1`. */
export const said = (steps: readonly RuleStep[]) =>
  steps.map((step) => {
    if (step.op === 'authorize') return `authorize ${tupleOf(step.rule)}`;
    return step.op === 'modify' ? `modify ${step.ruleId} to ${tupleOf(step.to)}` : `revoke ${step.ruleId}`;
  });
export const planned = (rules: Rules, over: Partial<ClosureRequest> = {}) =>
  said(planClosure(request(rules, over)).steps);
export const refused =
  (rules: Rules, over: Partial<ClosureRequest> = {}) =>
  () =>
    planClosure(request(rules, over));
export const range = (fromPort: number, toPort: number, source = '0.0.0.0/0') => ({
  fromPort,
  toPort,
  source: from(source),
});
export const EVERYTHING = { protocol: '-1', fromPort: null, toPort: null };
