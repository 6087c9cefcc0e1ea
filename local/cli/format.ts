import type { Severity } from '../../core/findings/finding.ts';
import type { Cell, Colour } from './tables.ts';

/** `2026-11-21T00:47:41.000Z` -> `2026-11-21 00:47:41`; the column title says UTC. */
export function when(at: string | null): string {
  return at === null ? '' : at.slice(0, 19).replace('T', ' ');
}

const SEVERITY_COLOURS: Readonly<Record<Severity, Colour | null>> = {
  info: null,
  low: null,
  medium: 'yellow',
  high: 'red',
  critical: 'red',
};

export function severityCell(severity: Severity): Cell {
  return { text: severity, colour: SEVERITY_COLOURS[severity] };
}
