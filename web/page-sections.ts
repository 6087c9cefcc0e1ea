import { html } from 'hono/html';
import type { AuditRow } from '../core/audit/audit-row.ts';
import { placeName } from '../core/cloud/place-name.ts';
import type { Finding } from '../core/findings/finding.ts';
import { SEVERITIES } from '../core/findings/finding.ts';
import type { Change } from '../core/fingerprints/change.ts';
import { EVERY_PORT } from '../core/net/every-port.ts';
import type { Plan } from '../core/remediation/plan.ts';
import { blindSpots, enginesOf, reasonsOf, scannedWith } from '../core/planning/scanned-with.ts';
import type { TaskRun } from '../core/planning/task-run.ts';
import { stepText } from '../core/remediation/step-text.ts';
import { grouped } from '../core/text/counts.ts';
import { humanDuration, msBetween } from '../core/time.ts';
import type { Instant } from '../core/time.ts';
import { byGravity } from './api-reads.ts';
import type { Hints } from './hints.ts';
import type { Html } from './layout.ts';
import { ago, endpointCode, severityBadge, until } from './layout.ts';
import type { Overview } from './overview.ts';
import { isOpenFinding } from './overview.ts';
import type { ApprovalJson, StatusJson, TaskJson } from './shapes.ts';
import { table } from './table.ts';

/** Rows shown before the page points to the API. */
const MAX_ROWS = 200;
const MAX_RUNS = 12;
/** Of those, places kept for runs that somebody asked for or that have something to say, which a short cadence would soon push out. */
const MAX_NOTABLE = 6;
const MAX_REASONS = 3;

/** Where the page cannot show what is open. */
export function unreadBanner({ unread, now }: StatusJson): Html {
  if (unread === null || unread.length === 0) return html``;
  const byReason = Map.groupBy(unread, ({ account, reason }) => `${account} ${reason}`);
  return html`<div class="banner" role="status">
    ${[...byReason.values()].map(([first, ...others]) =>
      first === undefined
        ? ''
        : html`<div>
            <strong>Account ${first.account} is not read</strong> in
            ${[first, ...others].map(({ region }) => region).join(', ')} (first failed ${ago(first.since, now)}):
            ${first.reason}
          </div>`,
    )}
    <div>Its known addresses stay watched. New addresses and rules there are not seen.</div>
  </div>`;
}

export function approvalsSection({ approvals, findings, now }: Overview, hints: Hints): Html {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const rank = (approval: ApprovalJson): number =>
    SEVERITIES.length - SEVERITIES.indexOf(byId.get(approval.findingId)?.severity ?? 'info');
  const pending = approvals
    .filter((approval) => approval.state === 'pending')
    .sort((a, b) => rank(a) - rank(b) || (a.expiresAt < b.expiresAt ? -1 : 1));
  return table({
    id: 'approvals',
    caption: 'Waiting for a decision',
    note: html`The link that approvers get shows all of it. So does <code>${hints.show}</code>; to refuse:
      <code>${hints.deny}</code>.`,
    columns: ['Severity', 'Would do', 'Also affected', 'Expires', 'Decide with'],
    rows: pending.map((approval) => {
      const finding = byId.get(approval.findingId);
      const { plan } = approval;
      return [
        finding === undefined ? null : severityBadge(finding.severity),
        plan === null
          ? 'plan not stored'
          : html`${plan.body.steps.map((step) => html`<div>${stepText(step)}</div>`)}${placeNote(plan)}`,
        plan === null || plan.body.affected.length === 0
          ? 'nothing known'
          : html`${plan.body.affected.map((a) => html`<div>${a.what}</div>`)}`,
        until(approval.expiresAt, now),
        html`<code class="command keep">${hints.approve(approval.id)}</code>`,
      ];
    }),
    empty: html`Nothing waits for a decision. To propose closing a port: <code>${hints.plan}</code>.`,
  });
}

/** Ids of groups and rules say nothing of the account. */
function placeNote({ body }: Plan): Html {
  return body.place === null ? html`` : html`<div class="muted small">in ${placeName(body.place)}</div>`;
}

export function findingsSection({ findings, now }: Overview, hints: Hints): Html {
  const order = (finding: Finding): number => (isOpenFinding(finding) ? 0 : finding.status === 'whitelisted' ? 1 : 2);
  const sorted = [...findings].sort((a, b) => order(a) - order(b) || byGravity(a, b));
  const left = sorted.length - MAX_ROWS;
  return table({
    id: 'findings',
    caption: 'Findings',
    ...(left > 0 ? { note: html`${left} more: <a href="/api/findings">/api/findings</a>` } : {}),
    columns: ['Severity', 'Where', 'Service', 'Class', 'Verdict', 'Owner', 'Status', 'Since', 'Id'],
    rows: sorted
      .slice(0, MAX_ROWS)
      .map((finding) => [
        severityBadge(finding.severity),
        whereCell(finding),
        finding.port === EVERY_PORT ? null : finding.service,
        html`<span class="keep">${finding.class}</span>`,
        html`<span class="keep">${finding.verdict}</span>`,
        finding.owner,
        html`<span class="status st-${finding.status}">${finding.status}</span
          >${finding.exposed ? '' : html` <span class="muted">not exposed</span>`}`,
        ago(finding.closedAt ?? finding.openedAt, now),
        html`<code class="id keep">${finding.id}</code>`,
      ]),
    empty: html`No findings. Either nothing risky listens, or no scan has finished yet:
      <code>${hints.scan}</code> starts one.`,
  });
}

function whereCell(finding: Finding): Html {
  const place = placeName(finding);
  const at = endpointCode(finding);
  return place === null ? at : html`${at} <span class="muted small keep">${place}</span>`;
}

export function changesSection(changes: readonly Change[], now: Instant): Html {
  return table({
    id: 'changes',
    caption: 'Changes',
    columns: ['When', 'What', 'Where', 'Evidence'],
    rows: changes.map((change) => [
      ago(change.at, now),
      html`<span class="kind k-${change.kind}">${change.kind}</span
        >${change.flap ? html` <span class="muted">flap</span>` : ''}`,
      endpointCode(change),
      change.evidence,
    ]),
    empty: 'No port has changed yet. The first scan of an address lists what it finds as first-seen.',
  });
}

export function decisionsSection(audit: readonly AuditRow[], now: Instant): Html {
  return table({
    id: 'decisions',
    caption: 'Decisions and acts',
    columns: ['When', 'Who', 'What', 'Detail'],
    rows: audit.map((row) => [
      ago(row.at, now),
      html`<span class="who">${row.actor}</span>`,
      html`<span class="keep">${row.action}</span>`,
      html`<code class="id keep">${row.object}</code> ${row.detail}`,
    ]),
    empty: 'Nobody has decided anything yet. Approvals, whitelist decisions and firewall changes appear here.',
  });
}

export function runsSection({ runs, now }: Overview): Html {
  return table({
    id: 'runs',
    caption: 'Runs',
    columns: ['Started', 'Task', 'Probes', 'Shards', 'Engine', 'State'],
    rows: shown(runs).map((run) => {
      const ended = run.complete + run.incomplete;
      const failed = run.incomplete === 0 ? '' : html` <span class="bad keep">${run.incomplete} incomplete</span>`;
      return [
        ago(run.startedAt, now),
        html`<span class="keep">${run.name}</span>`,
        html`<span class="keep">${grouped(run.probes)}</span>`,
        html`${ended} of ${run.shards}${failed}`,
        engineCell(run),
        stateCell(run),
      ];
    }),
    empty: 'No task has run yet: the first starts within its cadence.',
  });
}

/** Newest first, as they come. */
function shown(runs: readonly TaskRun[]): TaskRun[] {
  const kept = new Set(runs.filter(isNotable).slice(0, MAX_NOTABLE));
  for (const run of runs) if (kept.size < MAX_RUNS) kept.add(run);
  return runs.filter((run) => kept.has(run));
}

function isNotable(run: TaskRun): boolean {
  return run.scope !== null || run.reasons.length > 0 || doubtsOf(run).length > 0;
}

/** What a run says against itself beside its reasons: what it may have missed, and could not find out. */
function doubtsOf({ unknown, reasons, ...run }: TaskRun): string[] {
  const isSaid = reasons.some((reason) => reason.startsWith('the state of '));
  const unsure =
    unknown === 0 || isSaid ? [] : [`the state of ${unknown} ${unknown === 1 ? 'port' : 'ports'} is not known`];
  return [...blindSpots(run), ...unsure];
}

/** How it was scanned is behind the name, and opens with a click or a key. */
function engineCell(run: TaskRun): Html {
  const how = scannedWith(run);
  if (how === null) return html``;
  const names = html`<span class="${blindSpots(run).length === 0 ? 'keep' : 'keep bad'}">${enginesOf(run)}</span>`;
  if (run.whyNotBetter.length === 0 && run.estimate === null) return names;
  return html`<details>
    <summary>${names}</summary>
    <span class="muted small">${how}</span>
  </details>`;
}

function stateCell(run: TaskRun): Html {
  const reasons = reasonsOf(run);
  const said = [...doubtsOf(run), ...reasons.slice(0, MAX_REASONS)];
  const more = reasons.length - MAX_REASONS;
  const ended = run.stopped === undefined ? 'took' : 'stopped after';
  const took =
    run.finishedAt === null ? 'running' : `${ended} ${humanDuration(msBetween(run.startedAt, run.finishedAt))}`;
  if (said.length === 0) return html`${took}`;
  return html`${took}
    <ul class="said">
      ${said.map((one) => html`<li>${one}</li>`)}
      ${more > 0 ? html`<li><a href="/api/tasks">${more} more</a></li>` : ''}
    </ul>`;
}

export function tasksSection(catalogue: readonly TaskJson[]): Html {
  return table({
    id: 'tasks',
    caption: 'Tasks',
    columns: ['Task', 'Scans', 'Every'],
    rows: catalogue.map((task) => [
      task.name,
      html`<code>${task.label}</code>`,
      task.everyMs === null ? 'on events' : humanDuration(task.everyMs),
    ]),
    empty: 'The task catalogue is empty: nothing is scanned.',
  });
}
