import { html } from 'hono/html';
import type { AuditRow } from '../core/audit/audit-row.ts';
import type { Finding } from '../core/findings/finding.ts';
import type { Change } from '../core/fingerprints/change.ts';
import { humanDuration, msBetween } from '../core/time.ts';
import type { Instant } from '../core/time.ts';
import { byGravity } from './api-reads.ts';
import { stepText } from './approval-view.ts';
import type { Html } from './layout.ts';
import { ago, endpointCode, severityBadge, until } from './layout.ts';
import type { Overview } from './overview.ts';
import { isOpenFinding } from './overview.ts';
import { table } from './table.ts';

/** Rows shown before the page points to the API. */
const MAX_ROWS = 200;
const MAX_RUNS = 12;

export function approvalsSection({ approvals, findings, now }: Overview): Html {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const pending = approvals.filter((approval) => approval.state === 'pending');
  return table({
    id: 'approvals',
    caption: 'Waiting for a decision',
    columns: ['Severity', 'Would do', 'Also affected', 'Expires', 'Decide with'],
    rows: pending.map((approval) => {
      const finding = byId.get(approval.findingId);
      const { plan } = approval;
      return [
        finding === undefined ? null : severityBadge(finding.severity),
        plan === null ? 'plan not stored' : html`${plan.body.steps.map((step) => html`<div>${stepText(step)}</div>`)}`,
        plan === null || plan.body.affected.length === 0
          ? 'nothing known'
          : html`${plan.body.affected.map((a) => html`<div>${a.what}</div>`)}`,
        until(approval.expiresAt, now),
        html`<code class="command">portcullis approvals approve ${approval.id}</code>`,
      ];
    }),
    empty: html`Nothing waits for a decision. To propose closing a port: <code>portcullis plan FINDING</code>.`,
  });
}

export function findingsSection({ findings, now }: Overview): Html {
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
        endpointCode(finding.address, finding.port),
        finding.service,
        finding.class,
        finding.verdict,
        finding.owner,
        html`<span class="status st-${finding.status}">${finding.status}</span
          >${finding.exposed ? '' : html` <span class="muted">not exposed</span>`}`,
        ago(finding.closedAt ?? finding.openedAt, now),
        html`<code class="id">${finding.id}</code>`,
      ]),
    empty: html`No findings. Either nothing risky listens, or no scan has finished yet:
      <code>portcullis scan TARGETS</code> starts one.`,
  });
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
      endpointCode(change.address, change.port),
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
      row.actor,
      html`${row.action}<br /><code class="id">${row.object}</code>`,
      row.detail,
    ]),
    empty: 'Nobody has decided anything yet. Approvals, whitelist decisions and firewall changes appear here.',
  });
}

export function runsSection({ runs, now }: Overview): Html {
  return table({
    id: 'runs',
    caption: 'Tasks and runs',
    columns: ['Started', 'Task', 'Addresses', 'Probes', 'Shards', 'State'],
    rows: runs.slice(0, MAX_RUNS).map((run) => {
      const ended = run.complete.length + run.incomplete.length;
      const failed =
        run.incomplete.length === 0 ? '' : html` <span class="bad">${run.incomplete.length} incomplete</span>`;
      return [
        ago(run.startedAt, now),
        run.name,
        run.addresses.toLocaleString('en'),
        run.probes.toLocaleString('en'),
        html`${ended} of ${run.shards}${failed}`,
        run.finishedAt === null ? 'running' : `took ${humanDuration(msBetween(run.startedAt, run.finishedAt))}`,
      ];
    }),
    empty: html`No task has run yet. <code>portcullis tasks</code> lists when each is due.`,
  });
}
