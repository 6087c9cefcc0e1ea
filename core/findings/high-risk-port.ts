import type { Severity } from './finding.ts';

export interface HighRiskPort {
  readonly port: number;
  readonly service: string;
  readonly severity: Severity;
  /** What somebody who reaches it gets. */
  readonly why: string;
  /** Who lists the port as dangerous, or the document that says what listens there. */
  readonly source: string;
}

/** A `HighRiskPort` as the lists write it: one line each. */
export type HighRiskRow = readonly [port: number, service: string, severity: Severity, why: string, source: string];

/** The rows as a list, ascending by port. */
export function highRiskList(rows: readonly HighRiskRow[]): readonly HighRiskPort[] {
  return rows
    .map(([port, service, severity, why, source]) => ({ port, service, severity, why, source }))
    .toSorted((a, b) => a.port - b.port);
}
