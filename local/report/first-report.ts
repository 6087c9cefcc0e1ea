import type { Asset } from '../../core/assets/asset.ts';
import { placeName } from '../../core/cloud/place-name.ts';
import { makesChanges, type Settings } from '../../core/config/settings.ts';
import { type Finding, SEVERITIES } from '../../core/findings/finding.ts';
import { compareAddresses, endpoint } from '../../core/net/address.ts';
import { EVERY_PORT } from '../../core/net/every-port.ts';
import type { Protection } from '../../core/ports/firewall.ts';
import { type Cell, type Colour, type Column, printable, renderTable, type TableStyle } from '../cli/tables.ts';
import type { UnreadPlace } from '../../web/shapes.ts';

export interface ReportFacts {
  assets: readonly Asset[];
  findings: readonly Finding[];
  mode: Settings['mode'];
  protection: Protection;
  /** Accounts and Regions that could not be read. */
  unread: readonly UnreadPlace[];
  /** Share of the first full look that is done, 0 to 1. */
  done: number;
}

const COLUMNS: readonly Column[] = [
  { title: 'OPEN' },
  { title: 'ACCOUNT/REGION', unlessEmpty: true },
  { title: 'SERVICE', shrinkTo: 8 },
  { title: 'DANGER' },
  { title: 'NEW' },
  { title: 'FINDING' },
  { title: 'WHAT PORTCULLIS WOULD DO', shrinkTo: 24 },
];

const COLOURS: Partial<Record<Finding['severity'], Colour>> = { critical: 'red', high: 'red', medium: 'yellow' };

/** What listens, what of it is new, what is dangerous, and what would be done about it. Loopback comes last. */
export async function firstReport(facts: ReportFacts, style: TableStyle): Promise<string> {
  const open = facts.findings.filter((finding) => finding.status !== 'closed').sort(byDanger);
  const head = `${countOf(open.length, 'open port')} on ${countOf(facts.assets.length, 'address', 'addresses')}${progress(facts.done)}`;
  const unread = facts.unread.map(unreadLine).join('');
  if (open.length === 0) return `${head}: nothing listens there.${unread}`;
  const rows: Cell[][] = [];
  for (const finding of open) rows.push(await rowOf(facts, finding));
  return `${head}\n${renderTable(COLUMNS, rows, style)}\n${HINTS[facts.mode]}${unread}`;
}

/** What is not in the table, and may be open all the same. */
function unreadLine({ account, region, reason }: UnreadPlace): string {
  return `\nNot read: account ${account} in ${region}: ${printable(reason)}`;
}

function byDanger(a: Finding, b: Finding): number {
  return (
    Number(b.exposed) - Number(a.exposed) ||
    SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
    compareAddresses(a.address, b.address) ||
    a.port - b.port
  );
}

async function rowOf(facts: ReportFacts, finding: Finding): Promise<Cell[]> {
  const { exposed, severity } = finding;
  return [
    endpoint(finding.address, finding.port, finding.protocol),
    placeName(finding) ?? '',
    finding.port === EVERY_PORT ? '-' : (finding.service ?? '-'),
    { text: exposed ? severity : 'not exposed', colour: exposed ? (COLOURS[severity] ?? null) : 'dim' },
    finding.occurrence > 1 ? 're-opened' : finding.baseline ? 'first look' : 'newly opened',
    finding.id,
    await proposalOf(facts, finding),
  ];
}

async function proposalOf({ mode, protection }: ReportFacts, finding: Finding): Promise<string> {
  if (finding.status === 'whitelisted') return 'nothing: whitelisted';
  if (!finding.exposed) return 'nothing';
  const keep = await protection.reasonToKeep(finding.address, finding.port, finding.protocol);
  if (keep !== null) return `nothing: ${keep}`;
  const waiting = finding.status === 'open' && finding.approvalId !== null;
  if (waiting && makesChanges(mode)) return 'close it, once approved';
  if (finding.class === 'risk-port') return 'watch it';
  // No one rule stands for every port: there is no plan to ask for.
  return mode === 'observe' || finding.port === EVERY_PORT ? 'tell only' : 'tell, plan when asked';
}

const HINTS: Record<Settings['mode'], string> = {
  observe:
    'Mode observe changes nothing. With --mode approve, "portcullis plan FINDING" asks to close exactly one port.',
  propose: '"portcullis plan FINDING" makes the commands that close exactly one port.',
  approve: '"portcullis plan FINDING" asks to close exactly one port; "portcullis approvals list" shows what waits.',
  auto: 'What "auto" in the configuration names is closed as soon as it opens; "portcullis approvals list" shows what waits for a person.',
};

function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function progress(done: number): string {
  return done >= 1 ? '' : ` so far (${Math.floor(done * 100)} % of the first full look)`;
}
