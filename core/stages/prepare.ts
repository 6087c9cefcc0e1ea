import type { Mode } from '../config/settings.ts';
import { Refused } from '../errors.ts';
import { type Finding, isOpening } from '../findings/finding.ts';
import type { FindingStore } from '../ports/stores.ts';
import { updateStored } from '../update-stored.ts';

export interface PreparePorts {
  mode: Mode;
  findings: FindingStore;
  propose: (finding: Finding) => Promise<unknown>;
}

/**
 * In mode `approve`, a high-risk finding that people are about to be told of gets its plan and pending approval first.
 * A change that must not be made (protected, already closed ...) is not an error here: the reason goes into what people are told.
 */
export function makePrepare(ports: PreparePorts): (finding: Finding) => Promise<void> {
  return async function prepare(finding) {
    const opening = finding.untold.some((mark) => isOpening(mark.kind));
    if (ports.mode !== 'approve' || finding.class === 'risk-port' || finding.status !== 'open' || !opening) return;
    try {
      await ports.propose(finding);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { message } = error;
      await updateStored(ports.findings, finding.id, (current) => ({
        ...current,
        untold: current.untold.map((mark) => (isOpening(mark.kind) ? { ...mark, note: message } : mark)),
      }));
    }
  };
}
