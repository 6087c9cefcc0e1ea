import type { Finding } from '../core/findings/finding.ts';

const COLUMNS = [
  'id',
  'address',
  'protocol',
  'port',
  'class',
  'severity',
  'verdict',
  'status',
  'service',
  'owner',
  'admittedBy',
  'whitelistedBy',
  'openedAt',
  'observedAt',
  'alertedAt',
  'approvedAt',
  'changedAt',
  'verifiedAt',
  'closedAt',
] as const;

/** RFC 4180 with a header row. `admittedBy` is `rule from source (breadth)`, several separated by `; `. */
export function findingsCsv(findings: readonly Finding[]): string {
  const rows = findings.map((finding) => COLUMNS.map((column) => cell(valueOf(finding, column))).join(','));
  return [COLUMNS.join(','), ...rows, ''].join('\r\n');
}

function valueOf(finding: Finding, column: (typeof COLUMNS)[number]): string {
  if (column === 'admittedBy') {
    return finding.admittedBy.map((rule) => `${rule.ruleId} from ${rule.source} (${rule.breadth})`).join('; ');
  }
  return String(finding[column] ?? '');
}

/** A spreadsheet runs a cell that starts with one of these as a formula; the apostrophe makes it text (OWASP, CSV Injection). */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
