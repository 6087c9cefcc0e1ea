import { decideById, type DecisionPorts } from '../core/approvals/decide.ts';
import type { DraftOptions } from '../core/ports/firewall.ts';
import type { Approval } from '../core/approvals/approval.ts';
import type { ConfiguredAssets } from '../core/assets/configured-assets.ts';
import { NotFound } from '../core/errors.ts';
import { explain, type ExplainPorts } from '../core/exposure/explain.ts';
import type { Finding } from '../core/findings/finding.ts';
import { classOf } from '../core/findings/high-risk-ports.ts';
import { endpoint } from '../core/net/address.ts';
import { AddressSet } from '../core/net/address-set.ts';
import { EVERY_PORT } from '../core/net/every-port.ts';
import { PortSet } from '../core/net/port-set.ts';
import type { Protocol } from '../core/net/protocol.ts';
import { probedOf } from '../core/planning/probed-of.ts';
import type { TaskRun } from '../core/planning/task-run.ts';
import type { KillSwitch } from '../core/ports/kill-switch.ts';
import type { LineStore } from '../core/ports/line-store.ts';
import type { ResultQueue } from '../core/ports/queues.ts';
import type { AssetStore, ChangeLog, FingerprintStore, TaskRunStore, WhitelistStore } from '../core/ports/stores.ts';
import { resumeLine } from '../core/remediation/change-line.ts';
import type { Plan } from '../core/remediation/plan.ts';
import { requestRollback } from '../core/remediation/request-rollback.ts';
import { CONFIRMS } from '../core/stages/confirm.ts';
import { importPorts } from '../core/stages/import-ports.ts';
import { importScan } from '../core/stages/import-scan.ts';
import type { ScanRequest as ScanNowRequest } from '../core/stages/scan-now.ts';
import { killedBy, stopScan } from '../core/stages/stop-scan.ts';
import { type Instant, msBetween, seconds } from '../core/time.ts';
import { makeWhitelistActions } from '../core/whitelist/actions.ts';
import { byGravity } from './api-reads.ts';
import type { UseCases } from './services.ts';
import type { ScanJson } from './shapes.ts';

export interface UseCasePorts extends DecisionPorts, ExplainPorts {
  assets: AssetStore;
  fingerprints: FingerprintStore;
  changes: ChangeLog;
  lines: LineStore;
  runs: TaskRunStore;
  killSwitch: Pick<KillSwitch, 'read'>;
  whitelist: WhitelistStore;
  results: ResultQueue;
  configured: ConfiguredAssets;
  scanNow: (request: ScanNowRequest) => Promise<TaskRun>;
  propose: (finding: Finding, actor: string, options: DraftOptions) => Promise<{ plan: Plan; approval: Approval }>;
  rejudge: () => Promise<void>;
  newId: () => string;
  /** Address x port pairs that are done of shards of the run that have not ended. Absent: scanners are elsewhere. */
  underWay?: (runId: string) => number;
}

/** What one answer showed half open is confirmed, or not, within two tries of 2.25 s and some room; a lost confirmation holds up nobody longer. */
const CONFIRMED_WITHIN_MS = seconds(10);

/** What the shards under way had found when their run was stopped: they notice within a second, and their results take a moment. */
const SETTLED_WITHIN_MS = seconds(3);

/** How many changes of a scan are looked through for its result. */
const SCAN_CHANGES = 10_000;

export function makeUseCases(ports: UseCasePorts): UseCases {
  const whitelist = makeWhitelistActions(ports);
  return {
    scanNow: ({ targets, protocol, ports: wanted, rate, ratePerAddress, engine, yesLarge }) =>
      ports.scanNow({
        targets,
        protocol: protocol ?? 'tcp',
        ports: wanted ?? null,
        rate: rate ?? null,
        ratePerAddress: ratePerAddress ?? null,
        engine: engine ?? null,
        yesLarge: yesLarge ?? false,
      }),
    scanStatus: (runId) => scanStatus(ports, runId),
    stopScan: (runId, actor) => stopScan(ports, runId, `stopped by ${actor}`),
    explain: (address, port, protocol) => explain(ports, address, port, protocol),
    requestWhitelist: ({ by, ...request }) => whitelist.request(request, by),
    actOnWhitelist: (id, action, actor) => whitelist.act(id, action, actor),
    async propose(findingId, actor, options) {
      const finding = await ports.findings.get(findingId);
      if (!finding) throw new NotFound('finding', findingId);
      return ports.propose(finding, actor, options);
    },
    decide: (approvalId, decision, actor, reason) => decideById(ports, approvalId, decision, actor, reason),
    rollback: (planId, actor) => requestRollback(ports, planId, actor),
    resume: async (account, actor, reason) => void (await resumeLine(ports, { account, actor, reason })),
    importPorts: (text) => importPorts(ports, text),
    importScan: (scan) => importScan(ports, scan),
  };
}

async function scanStatus(ports: UseCasePorts, runId: string): Promise<ScanJson> {
  const run = await ports.runs.get(runId);
  if (!run) throw new NotFound('scan', runId);
  const targets = AddressSet.fromText(run.scope?.targets ?? '');
  const protocol = run.scope?.protocol ?? 'tcp';
  // Whoever asks about any ports is told that all of them answer.
  const asked = PortSet.parse(run.scope?.ports ?? '').union(
    protocol === 'tcp' ? PortSet.of(EVERY_PORT) : PortSet.EMPTY,
  );
  const [fingerprints, changes, findings] = await Promise.all([
    ports.fingerprints.getMany([...targets], protocol),
    ports.changes.list({ limit: SCAN_CHANGES, since: run.startedAt }),
    ports.findings.list(),
  ]);
  const openAt = (address: string) => PortSet.parse(fingerprints.get(address)?.open ?? '').intersect(asked);
  const here = findings.filter((finding) => finding.protocol === protocol);
  const known = new Map(here.map((finding) => [endpoint(finding.address, finding.port), finding]));
  const isAsked = (address: string, port: number) => targets.has(address) && asked.has(port);
  const unconfirmed = [...fingerprints.values()]
    .map(({ address, pendingOpen }) => ({ address, ports: PortSet.parse(pendingOpen).intersect(asked) }))
    .filter(({ ports: half }) => !half.isEmpty)
    .map(({ address, ports: half }) => ({ address, ports: half.toString() }));
  const whyUnconfirmed = unconfirmed.length === 0 ? null : await whyNotConfirmed(ports, run);
  return {
    run,
    probed: probedOf(run, ports.underWay?.(runId) ?? 0),
    done: isDone(run, unconfirmed.length > 0 && whyUnconfirmed === null, ports.clock.now()),
    unconfirmed,
    whyUnconfirmed,
    addresses: [...targets].map((address) => ({
      address,
      open: [...openAt(address)].map((port) => scannedPort(port, protocol, known.get(endpoint(address, port)))),
    })),
    changes: changes.filter((change) => change.runId === runId || change.runId === CONFIRMS + runId),
    findings: here
      .filter(
        (finding) =>
          isAsked(finding.address, finding.port) &&
          finding.status !== 'closed' &&
          openAt(finding.address).has(finding.port),
      )
      .sort(byGravity),
  };
}

/** What ends confirmations: a stopped run, and the kill switch. Null: neither. */
async function whyNotConfirmed({ killSwitch }: UseCasePorts, { stopped }: TaskRun): Promise<string | null> {
  if (stopped !== undefined) return stopped;
  const { on, reason } = await killSwitch.read();
  return on ? killedBy(reason) : null;
}

/** Is there nothing more to wait for? */
function isDone({ finishedAt, stopped }: TaskRun, isConfirming: boolean, now: Instant): boolean {
  if (finishedAt === null) return false;
  const endedMs = msBetween(finishedAt, now);
  if (stopped !== undefined) return endedMs >= SETTLED_WITHIN_MS;
  return !isConfirming || endedMs >= CONFIRMED_WITHIN_MS;
}

function scannedPort(
  port: number,
  protocol: Protocol,
  finding: Finding | undefined,
): ScanJson['addresses'][number]['open'][number] {
  const known = classOf(port, protocol);
  return {
    port,
    protocol,
    reason: protocol === 'tcp' ? 'connected' : 'answered',
    service: known.service,
    class: finding?.class ?? known.class,
    severity: finding?.severity ?? known.severity,
    findingId: finding?.id ?? null,
    status: finding?.status ?? null,
  };
}
