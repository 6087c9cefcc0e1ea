import type { Approval } from '../core/approvals/approval.ts';
import { approvalAt } from '../core/approvals/state.ts';
import type { Finding } from '../core/findings/finding.ts';
import { SEVERITIES } from '../core/findings/finding.ts';
import type { Fingerprint } from '../core/fingerprints/fingerprint.ts';
import { PortSet } from '../core/net/port-set.ts';
import type { TaskRun } from '../core/planning/task-run.ts';
import { type ChangeLine, stoppedSentence } from '../core/remediation/change-line.ts';
import type { Plan } from '../core/remediation/plan.ts';
import type { Instant } from '../core/time.ts';
import type { ApiServices } from './services.ts';
import type { ApprovalJson, ProcessStatus, StatusJson, StoppedLine } from './shapes.ts';

/** How many runs are looked through for unfinished ones. */
const RUNS = 100;

/** One consistent look at everything that the status, the metrics and the page count. */
export interface Overview {
  now: Instant;
  process: ProcessStatus;
  findings: Finding[];
  approvals: ApprovalJson[];
  fingerprints: Fingerprint[];
  runs: TaskRun[];
  assets: number;
  stoppedLines: StoppedLine[];
}

export async function readOverview(services: ApiServices): Promise<Overview> {
  const { read } = services;
  const [process, findings, approvals, tcp, udp, runs, assets, lines] = await Promise.all([
    services.status(),
    read.findings.list(),
    listApprovals(services),
    read.fingerprints.list(),
    read.fingerprints.list({ protocol: 'udp' }),
    read.runs.list({ limit: RUNS }),
    read.assets.list(),
    read.lines.list(),
  ]);
  const now = services.clock.now();
  const stoppedLines = lines.flatMap(stoppedLine);
  const fingerprints = [...tcp, ...udp];
  return { now, process, findings, approvals, fingerprints, runs, assets: assets.length, stoppedLines };
}

export function statusOf(overview: Overview): StatusJson {
  const open = overview.findings.filter(isOpenFinding);
  const newest = overview.fingerprints.map((print) => print.updatedAt).sort();
  return {
    ...overview.process,
    stoppedLines: overview.stoppedLines,
    now: overview.now,
    dataAsOf: newest.at(-1) ?? null,
    counts: {
      assets: overview.assets,
      openPorts: overview.fingerprints.reduce((sum, print) => sum + PortSet.parse(print.open).size, 0),
      openFindings: open.length,
      bySeverity: Object.fromEntries(
        SEVERITIES.map((severity) => [severity, open.filter((finding) => finding.severity === severity).length]),
      ),
      whitelisted: overview.findings.filter((finding) => finding.status === 'whitelisted').length,
      pendingApprovals: overview.approvals.filter((approval) => approval.state === 'pending').length,
      unfinishedRuns: overview.runs.filter((run) => run.finishedAt === null).length,
    },
  };
}

function stoppedLine(line: ChangeLine): StoppedLine[] {
  const { account, stoppedAt } = line;
  return stoppedAt === null ? [] : [{ account, since: stoppedAt, why: stoppedSentence(line, stoppedAt) }];
}

/** Still open on the network: waiting for a person, or being closed. */
export function isOpenFinding(finding: Finding): boolean {
  return finding.status === 'open' || finding.status === 'closing';
}

/** Newest first. */
export async function listApprovals(services: ApiServices): Promise<ApprovalJson[]> {
  const [approvals, plans] = await Promise.all([services.read.approvals.list(), services.read.plans.list()]);
  const byId = new Map(plans.map((plan) => [plan.id, plan]));
  const now = services.clock.now();
  return approvals
    .map((approval) => withPlan(approval, byId.get(approval.planId), now))
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

export async function approvalJson(services: ApiServices, approval: Approval): Promise<ApprovalJson> {
  return withPlan(approval, await services.read.plans.get(approval.planId), services.clock.now());
}

function withPlan(approval: Approval, plan: Plan | undefined, now: Instant): ApprovalJson {
  return { ...approvalAt(approval, now), plan: plan ?? null };
}
