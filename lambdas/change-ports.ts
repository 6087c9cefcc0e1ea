import type { Finding } from '../core/findings/finding.ts';
import type { BasePorts } from '../core/ports/base-ports.ts';
import type { ChangePorts, ProposePorts, VerifyPorts } from '../core/remediation/change-ports.ts';
import { type Proposal, proposeChange } from '../core/remediation/propose.ts';
import { makePrepare } from '../core/stages/prepare.ts';
import { makeRejudge } from '../core/stages/rejudge.ts';

/** The ports of the stages of a change, made of what every function has. */
export function changePorts(base: BasePorts): ChangePorts & ProposePorts & VerifyPorts {
  const { mode, approvalTtlMs } = base.settings;
  return { ...base, mode, approvalTtlMs, newHolder: base.newId };
}

export function makePropose(base: BasePorts): (finding: Finding, actor: string) => Promise<Proposal> {
  const ports = changePorts(base);
  return (finding, actor) => proposeChange(ports, finding, actor);
}

/** What must be ready before people are told of a finding. */
export function prepareWith(base: BasePorts): (finding: Finding) => Promise<void> {
  const propose = makePropose(base);
  return makePrepare({
    mode: base.settings.mode,
    findings: base.findings,
    propose: (finding) => propose(finding, 'portcullis'),
  });
}

export function rejudgeWith(base: BasePorts): () => Promise<void> {
  return makeRejudge(base);
}
