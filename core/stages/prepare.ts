import { makesChanges, type Mode } from '../config/settings.ts';
import { Refused } from '../errors.ts';
import { type Finding, isOpening, withoutWaiting } from '../findings/finding.ts';
import { EVERY_PORT } from '../net/every-port.ts';
import type { FindingStore } from '../ports/stores.ts';
import { updateStored } from '../update-stored.ts';

export interface PreparePorts {
  mode: Mode;
  findings: FindingStore;
  propose: (finding: Finding) => Promise<unknown>;
  /** The name of the policy that approves the change of a finding, or null; null in every mode but `auto`. */
  policyFor: (finding: Finding) => string | null;
  /** Proposes and approves; resolves to a sentence about it. */
  approve: (finding: Finding, policy: string) => Promise<string>;
}

export interface Preparation {
  /** Is there something to prepare, before people are told? */
  awaitsPlan: (finding: Finding) => boolean;
  prepare: (finding: Finding) => Promise<void>;
}

/**
 * A high-risk finding that people are about to be told of gets its plan and pending approval first, where Portcullis makes changes; one
 * that a policy names, whatever its class, is approved at once.
 * A change that must not be made (protected, already closed ...) is not an error here: the reason goes into what people are told.
 */
export function makePreparation(ports: PreparePorts): Preparation {
  function awaitsPlan(finding: Finding): boolean {
    const opening = finding.untold.some((mark) => isOpening(mark.kind));
    if (!makesChanges(ports.mode) || finding.status !== 'open' || !opening) return false;
    if (finding.port === EVERY_PORT) return false;
    return finding.class !== 'risk-port' || ports.policyFor(finding) !== null;
  }

  async function prepare(finding: Finding): Promise<void> {
    if (!awaitsPlan(finding)) return;
    const policy = ports.policyFor(finding);
    try {
      if (policy === null) await ports.propose(finding);
      else await note(ports, finding, withSentence(await ports.approve(finding, policy)));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      await note(ports, finding, () => error.message);
    }
  }

  return { awaitsPlan, prepare };
}

async function note(
  { findings }: PreparePorts,
  { id }: Finding,
  change: (note: string | null) => string,
): Promise<void> {
  await updateStored(findings, id, (current) => ({
    ...current,
    untold: withoutWaiting(current.untold).map((mark) =>
      isOpening(mark.kind) ? { ...mark, note: change(mark.note) } : mark,
    ),
  }));
}

/** Adds to what is told already, once. */
function withSentence(sentence: string): (note: string | null) => string {
  return (before) => {
    if (before === null || before.includes(sentence)) return before ?? sentence;
    return `${before.replace(/\.$/, '')}. ${sentence}`;
  };
}
