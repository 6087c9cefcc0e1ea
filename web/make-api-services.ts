import type { ConfiguredAssets } from '../core/assets/configured-assets.ts';
import { decideById, type DecisionPorts } from '../core/approvals/decide.ts';
import type { Settings } from '../core/config/settings.ts';
import { NotFound } from '../core/errors.ts';
import { explain, type ExplainPorts } from '../core/exposure/explain.ts';
import type { Finding } from '../core/findings/finding.ts';
import { classOf } from '../core/findings/high-risk-ports.ts';
import { endpoint } from '../core/net/address.ts';
import { AddressSet } from '../core/net/address-set.ts';
import { PortSet } from '../core/net/port-set.ts';
import { ON_CHANGE, portsOf, type ScanTask, scheduleOf, TASKS } from '../core/planning/catalogue.ts';
import type { AdmittedStore } from '../core/ports/admitted-store.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { LineStore } from '../core/ports/line-store.ts';
import type { LegSummary } from '../core/ports/metrics.ts';
import type { ResultQueue } from '../core/ports/queues.ts';
import type { AssetStore, ChangeLog, FingerprintStore, TaskRunStore, WhitelistStore } from '../core/ports/stores.ts';
import type { Approval } from '../core/approvals/approval.ts';
import type { Plan } from '../core/remediation/plan.ts';
import { resumeLine } from '../core/remediation/change-line.ts';
import { requestRollback } from '../core/remediation/request-rollback.ts';
import { CONFIRMS } from '../core/stages/confirm.ts';
import { importPorts } from '../core/stages/import-ports.ts';
import type { ScanRequest as ScanNowRequest } from '../core/stages/scan-now.ts';
import type { TaskRun } from '../core/planning/task-run.ts';
import { makeWhitelistActions } from '../core/whitelist/actions.ts';
import type { ApiServices } from './services.ts';
import type { ProcessStatus, ScanJson } from './shapes.ts';

export interface ApiPorts extends DecisionPorts, ExplainPorts {
  clock: Clock;
  settings: Settings;
  admitted: AdmittedStore;
  assets: AssetStore;
  fingerprints: FingerprintStore;
  changes: ChangeLog;
  lines: LineStore;
  runs: TaskRunStore;
  whitelist: WhitelistStore;
  results: ResultQueue;
  configured: ConfiguredAssets;
  status: () => Promise<ProcessStatus>;
  scanNow: (request: ScanNowRequest) => Promise<TaskRun>;
  propose: (finding: Finding, actor: string) => Promise<{ plan: Plan; approval: Approval }>;
  rejudge: () => Promise<void>;
  latencies?: () => readonly LegSummary[];
  newId: () => string;
}

/** How many changes of a scan are looked through for its result. */
const SCAN_CHANGES = 10_000;

/** Composes what page and API need from ports and use cases. */
export function makeApiServices(ports: ApiPorts): ApiServices {
  const whitelist = makeWhitelistActions(ports);
  return {
    clock: ports.clock,
    read: ports,
    status: ports.status,
    latencies: ports.latencies,
    async catalogue() {
      const rows = TASKS.map((task) => ({ task, everyMs: scheduleOf(task, ports.settings).everyMs }));
      return [...rows, { task: ON_CHANGE, everyMs: null }].map(({ task, everyMs }) => ({
        id: task.id,
        name: task.name,
        label: task.label,
        ports: portsTextOf(task, ports.settings),
        everyMs,
      }));
    },
    scanNow: ({ targets, ports: wanted, rate, yesLarge }) =>
      ports.scanNow({ targets, ports: wanted ?? null, rate: rate ?? null, yesLarge: yesLarge ?? false }),
    scanStatus: (runId) => scanStatus(ports, runId),
    explain: (address, port) => explain(ports, address, port),
    requestWhitelist: ({ by, ...request }) => whitelist.request(request, by),
    actOnWhitelist: (id, action, actor) => whitelist.act(id, action, actor),
    async propose(findingId, actor) {
      const finding = await ports.findings.get(findingId);
      if (!finding) throw new NotFound('finding', findingId);
      return ports.propose(finding, actor);
    },
    decide: (approvalId, decision, actor, reason) => decideById(ports, approvalId, decision, actor, reason),
    rollback: (planId, actor) => requestRollback(ports, planId, actor),
    resume: async (account, actor, reason) => void (await resumeLine(ports, { account, actor, reason })),
    importPorts: (text) => importPorts(ports, text),
  };
}

function portsTextOf(task: Pick<ScanTask, 'ports' | 'droppedByPortList'>, settings: Settings): string {
  if (task.ports === 'open-ports') return 'what is open';
  if (task.ports === 'admitted-ports') return 'what rules let in';
  return portsOf(task, settings)?.toString() ?? 'none';
}

async function scanStatus(ports: ApiPorts, runId: string): Promise<ScanJson> {
  const run = await ports.runs.get(runId);
  if (!run) throw new NotFound('scan', runId);
  const targets = AddressSet.parse(run.scope?.targets ?? '');
  const asked = PortSet.parse(run.scope?.ports ?? '');
  const [fingerprints, changes, findings] = await Promise.all([
    ports.fingerprints.getMany([...targets]),
    ports.changes.list({ limit: SCAN_CHANGES, since: run.startedAt }),
    ports.findings.list(),
  ]);
  const openAt = (address: string) => PortSet.parse(fingerprints.get(address)?.open ?? '').intersect(asked);
  const known = new Map(findings.map((finding) => [endpoint(finding.address, finding.port), finding]));
  const isAsked = (address: string, port: number) => targets.has(address) && asked.has(port);
  return {
    run,
    done: run.finishedAt !== null,
    addresses: [...targets].map((address) => ({
      address,
      open: [...openAt(address)].map((port) => scannedPort(port, known.get(endpoint(address, port)))),
    })),
    changes: changes.filter((change) => change.runId === runId || change.runId === CONFIRMS + runId),
    findings: findings.filter(
      (finding) =>
        isAsked(finding.address, finding.port) &&
        finding.status !== 'closed' &&
        openAt(finding.address).has(finding.port),
    ),
  };
}

function scannedPort(port: number, finding: Finding | undefined): ScanJson['addresses'][number]['open'][number] {
  const known = classOf(port);
  return {
    port,
    protocol: 'tcp',
    reason: 'connected',
    service: known.service,
    class: finding?.class ?? known.class,
    severity: finding?.severity ?? known.severity,
    findingId: finding?.id ?? null,
    status: finding?.status ?? null,
  };
}
