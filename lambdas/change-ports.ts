import type { DraftOptions } from '../core/ports/firewall.ts';
import type { Finding } from '../core/findings/finding.ts';
import type { BasePorts } from '../core/ports/base-ports.ts';
import { approveByPolicy } from '../core/remediation/automatic/approve-by-policy.ts';
import { policyFor } from '../core/remediation/automatic/pattern.ts';
import type { ChangePorts, ProposePorts, VerifyPorts } from '../core/remediation/change-ports.ts';
import { type Proposal, proposeChange } from '../core/remediation/propose.ts';
import { makePreparation, type Preparation } from '../core/stages/prepare.ts';
import { makeRejudge } from '../core/stages/rejudge.ts';

/** The ports of the stages of a change, made of what every function has. */
export function changePorts(base: BasePorts): ChangePorts & ProposePorts & VerifyPorts {
  const { mode, auto, limits, approvalTtlMs } = base.settings;
  return {
    ...base,
    mode,
    auto,
    deciders: base.settings,
    changesPerHour: limits.changesPerHour,
    approvalTtlMs,
    newHolder: base.newId,
  };
}

export function makePropose(
  base: BasePorts,
): (finding: Finding, actor: string, options?: DraftOptions) => Promise<Proposal> {
  const ports = changePorts(base);
  return (finding, actor, options) => proposeChange(ports, finding, actor, options);
}

/** What must be ready before people are told of a finding. */
export function preparationWith(base: BasePorts): Preparation {
  const { mode, auto } = base.settings;
  const proposeAs = makePropose(base);
  const propose = (finding: Finding) => proposeAs(finding, 'portcullis');
  return makePreparation({
    mode,
    findings: base.findings,
    propose,
    policyFor: (finding) => (mode === 'auto' ? policyFor(auto, finding, base.clock.now()) : null),
    approve: (finding, policy) => approveByPolicy({ ...base, propose }, finding, policy),
  });
}

export function rejudgeWith(base: BasePorts): () => Promise<void> {
  return makeRejudge(base);
}
