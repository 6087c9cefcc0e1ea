import type { Approval } from '../approvals/approval.ts';
import {
  type Admission,
  type Finding,
  isOpening,
  SEVERITIES,
  type Severity,
  type Untold,
} from '../findings/finding.ts';
import { placeName } from '../cloud/place-name.ts';
import { idOf } from '../identity.ts';
import { endpoint } from '../net/address.ts';
import { EVERY_PORT } from '../net/every-port.ts';
import { PortSet } from '../net/port-set.ts';
import type { Plan } from '../remediation/plan.ts';
import type { Instant } from '../time.ts';
import type { Alert, AlertItem } from './alert.ts';

/** The plan made for a finding and the approval it waits for. */
export interface Proposal {
  readonly plan: Plan;
  readonly approval: Approval;
}

type Kind = Untold['kind'];

/** How a title says what happened to one port and to several, in the order of their weight. */
const WORDS: Readonly<Record<Kind, readonly [one: string, many: string]>> = {
  'line-stopped': ['line stopped', 'lines stopped'],
  'needs-person': ['port needs a person', 'ports need a person'],
  'change-failed': ['change failed', 'changes failed'],
  'rolled-back': ['change rolled back', 'changes rolled back'],
  'change-waits': ['change waits', 'changes wait'],
  reopened: ['port opened again', 'ports opened again'],
  opened: ['port opened', 'ports opened'],
  found: ['open port found', 'open ports found'],
  'exception-expired': ['exception expired', 'exceptions expired'],
  resolved: ['port closed', 'ports closed'],
};

/** Most ports named in a title. */
const TITLE_PORTS = 5;
/** Most events with an item each; about 700 bytes one, of the 256 KiB that a message on the topic holds. */
const MAX_ITEMS = 100;
/** Most ranges of ports named beyond the items; at most 12 bytes one. */
const MAX_RANGES = 2_000;
/** Most firewall rules named for one port. */
const RULES_NAMED = 3;

/**
 * One alert with everything untold of the findings, which are those of one group. Its id is a hash of its events (finding, kind,
 * occurrence, time of the stored mark): told again after a crash it has the same id, while a second failure or expiry within one
 * occurrence has another, so that no channel takes it for a repetition. Proposals count while their approval is pending.
 * @throws RangeError when nothing is untold.
 */
export function toAlert(
  group: string,
  findings: readonly Finding[],
  proposals: ReadonlyMap<string, Proposal>,
  now: Instant,
): Alert {
  const events = findings
    .flatMap((finding) => finding.untold.map((mark) => ({ finding, mark })))
    .sort((a, b) => rank(b.finding.severity) - rank(a.finding.severity) || a.finding.port - b.finding.port);
  const first = events[0];
  if (first === undefined) throw new RangeError(`Nothing of ${group} is untold: there is no alert to make.`);
  const items = events.map(({ finding, mark }) => toItem(finding, mark, pendingOf(proposals.get(finding.id), now)));
  const { owner, ownerEmail, address } = first.finding;
  const beyond = items.slice(MAX_ITEMS);
  return {
    id: idOf('al', ...eventNames(events)),
    group,
    owner,
    ownerEmail,
    address,
    severity: severityOf(items),
    title: plain(`${countsOf(items)} on ${address} (${owner ?? 'no owner'})${portsOf(items)}`),
    items: items.slice(0, MAX_ITEMS),
    unlisted: beyond.length === 0 ? null : { count: beyond.length, ports: portSetOf(beyond) },
    createdAt: now,
  };
}

/** Sorted, so that the order of findings does not matter. */
function eventNames(events: readonly { finding: Finding; mark: Untold }[]): string[] {
  const names = events.map(({ finding, mark }) => `${finding.id} ${mark.kind} ${mark.occurrence} ${mark.at}`);
  return names.sort((a, b) => (a < b ? -1 : 1));
}

function toItem(finding: Finding, mark: Untold, pending: Proposal | null): AlertItem {
  const proposed = isOpening(mark.kind) ? pending : null;
  return {
    findingId: finding.id,
    account: finding.account,
    region: finding.region,
    kind: mark.kind,
    occurrence: mark.occurrence,
    address: finding.address,
    protocol: finding.protocol,
    port: finding.port,
    service: finding.service,
    class: finding.class,
    severity: finding.severity,
    at: mark.at,
    admittedBy: admittedBy(finding.admittedBy),
    openedBy: finding.openedBy,
    note: mark.note,
    approvalId: proposed?.approval.id ?? null,
    proposal: proposed === null ? null : describePlan(proposed.plan),
  };
}

function pendingOf(proposal: Proposal | undefined, now: Instant): Proposal | null {
  if (proposal === undefined) return null;
  const { state, expiresAt } = proposal.approval;
  return state === 'pending' && now < expiresAt ? proposal : null;
}

function describePlan({ body }: Plan): string {
  const others = body.affected.length;
  const touched = others === 0 ? '' : `; ${others} other ${others === 1 ? 'thing is' : 'things are'} affected`;
  return `close ${endpoint(body.address, body.port, body.protocol)} in ${body.target}${touched}`;
}

function admittedBy(admissions: readonly Admission[]): string | null {
  if (admissions.length === 0) return null;
  const named = admissions.slice(0, RULES_NAMED).map(({ ruleId, source }) => `${ruleId} from ${source}`);
  const more = admissions.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** The worst of what is wrong; a closure is good news. */
function severityOf(items: readonly AlertItem[]): Severity {
  const worst = Math.max(0, ...items.filter(({ kind }) => kind !== 'resolved').map(({ severity }) => rank(severity)));
  return SEVERITIES[worst] ?? 'info';
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function countsOf(items: readonly AlertItem[]): string {
  const every = items.filter(({ port }) => port === EVERY_PORT);
  const single = items.filter(({ port }) => port !== EVERY_PORT);
  const parts = Object.entries(WORDS)
    .map(([kind, [one, many]]) => {
      const count = single.filter((item) => item.kind === kind).length;
      return count === 0 ? '' : `${count} ${count === 1 ? one : many}`;
    })
    .filter((part) => part !== '');
  if (every.some(({ kind }) => kind !== 'resolved')) parts.unshift('every port answers');
  if (every.some(({ kind }) => kind === 'resolved')) parts.push('no longer every port answers');
  return parts.join(', ');
}

/** `: 22 ssh [medium], udp 53 dns [medium]`; ` [high]` where the words before it already say every port. */
function portsOf(items: readonly AlertItem[]): string {
  const [first] = items;
  if (first !== undefined && items.every(({ port }) => port === EVERY_PORT)) return ` [${first.severity}]`;
  const named = [...new Set(items.map(portLabel))];
  const more = named.length - TITLE_PORTS;
  return `: ${named.slice(0, TITLE_PORTS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function portSetOf(items: readonly AlertItem[]): string {
  return PortSet.fromRanges(PortSet.from(items.map(({ port }) => port)).ranges.slice(0, MAX_RANGES)).toString();
}

function portLabel({ protocol, port, service, severity }: AlertItem): string {
  if (port === EVERY_PORT) return `every port [${severity}]`;
  return `${protocol === 'tcp' ? '' : 'udp '}${port}${service === null ? '' : ` ${service}`} [${severity}]`;
}

/** The alert as plain lines for a console or e-mail, without a line break at the end. What comes from outside cannot start a line or move the cursor. */
export function alertText(alert: Alert): string {
  const lines = alert.items.flatMap((item) => [
    `  ${endpoint(item.address, item.port, item.protocol)}${serviceOf(item)} [${item.severity}] ${item.kind} at ${item.at} (${item.class.replaceAll('-', ' ')})`,
    ...detail(placeOf(item)),
    ...detail(item.note),
    ...detail(
      item.admittedBy === null ? null : `${item.kind === 'resolved' ? 'was let' : 'let'} in by ${item.admittedBy}`,
    ),
    ...detail(item.openedBy === null ? null : `opened by ${item.openedBy}`),
    ...detail(item.proposal === null ? null : `proposed: ${item.proposal} (approval ${item.approvalId ?? 'none'})`),
  ]);
  const { unlisted } = alert;
  const more = unlisted === null ? [] : [`  and ${unlisted.count} more: ports ${unlisted.ports}`];
  return [alert.title, ...lines, ...more].map(plainLine).join('\n');
}

function serviceOf({ port, service }: AlertItem): string {
  return port === EVERY_PORT ? '' : ` ${service ?? 'unknown service'}`;
}

function placeOf({ account, region }: AlertItem): string | null {
  const name = account === null || region === null ? null : placeName({ account, region });
  return name === null ? null : `in ${name}`;
}

function detail(text: string | null): string[] {
  return text === null ? [] : [`    ${text}`];
}

/** One line without characters that forge others; its indentation stays. */
export function plainLine(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  return indent + plain(line);
}

/** One line without control, format (bidi, zero-width) or line separator characters. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}
