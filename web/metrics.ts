import type { LegSummary } from '../core/ports/metrics.ts';
import { FindingStatus, SEVERITIES } from '../core/findings/finding.ts';
import type { Overview } from './overview.ts';
import { statusOf } from './overview.ts';

type Sample = [labels: string, value: number];

/** Prometheus text format 0.0.4. */
export function metricsText(overview: Overview, legs: readonly LegSummary[] = []): string {
  const { counts, killSwitch, process } = statusOf(overview);
  const findings = FindingStatus.options.flatMap((status) =>
    SEVERITIES.map((severity): Sample => {
      const matching = overview.findings.filter((f) => f.status === status && f.severity === severity);
      return [`{status="${status}",severity="${severity}"}`, matching.length];
    }),
  );
  const transitions = overview.fingerprints.flatMap((print) => print.history.map((port) => port.transitions));
  return [
    metric('findings', 'gauge', 'Findings by status and severity.', findings),
    metric('changes_total', 'counter', 'Confirmed port changes since the first scan.', [
      ['', transitions.reduce((sum, count) => sum + count, 0)],
    ]),
    metric('open_ports', 'gauge', 'Ports confirmed open.', [['', counts.openPorts]]),
    metric('assets', 'gauge', 'Addresses watched.', [['', counts.assets]]),
    metric('approvals_pending', 'gauge', 'Approvals waiting for a decision.', [['', counts.pendingApprovals]]),
    metric('runs', 'gauge', 'Recent task runs kept, by whether they are finished.', [
      ['{state="finished"}', overview.runs.length - counts.unfinishedRuns],
      ['{state="unfinished"}', counts.unfinishedRuns],
    ]),
    metric('kill_switch', 'gauge', '1 while the kill switch stops scans and changes.', [['', killSwitch.on ? 1 : 0]]),
    ...(process === null ? [] : processText(process)),
    ...(legs.length === 0 ? [] : [legsText(legs)]),
  ].join('');
}

function processText({ cpuSeconds, residentBytes }: NonNullable<Overview['process']['process']>): string[] {
  return [
    metric('process_cpu_seconds_total', 'counter', 'CPU time used.', [['', cpuSeconds]], ''),
    metric('process_resident_memory_bytes', 'gauge', 'Resident memory.', [['', residentBytes]], ''),
  ];
}

function legsText(legs: readonly LegSummary[]): string {
  const name = 'portcullis_change_latency_seconds';
  const lines = legs.flatMap(({ leg, count, sumMs, p50Ms, p95Ms }) => [
    `${name}{leg="${leg}",quantile="0.5"} ${p50Ms / 1_000}`,
    `${name}{leg="${leg}",quantile="0.95"} ${p95Ms / 1_000}`,
    `${name}_sum{leg="${leg}"} ${sumMs / 1_000}`,
    `${name}_count{leg="${leg}"} ${count}`,
  ]);
  const help = 'From a change of a rule to each step that follows it; quantiles of the newest.';
  return `# HELP ${name} ${help}\n# TYPE ${name} summary\n${lines.join('\n')}\n`;
}

function metric(name: string, type: string, help: string, samples: readonly Sample[], prefix = 'portcullis_'): string {
  const full = `${prefix}${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labels} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}
