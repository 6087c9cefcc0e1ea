import type { AsffFinding } from '../emit/asff-shape.ts';

/** A finding that the console did not take. */
export interface FindingRefusal {
  readonly id: string;
  /** The console's own code and words. */
  readonly reason: string;
  /** True when the same document would be refused again. */
  readonly isFinal: boolean;
}

/** A security console that people watch. */
export interface FindingsSink {
  /**
   * Any number of findings, each id once. Resolves to those that were not taken.
   * @throws when the console could not be asked, is busy, or did not say what it refused: send all again, a repetition is harmless
   */
  send(findings: readonly AsffFinding[]): Promise<readonly FindingRefusal[]>;
}
