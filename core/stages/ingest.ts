import type { Change } from '../fingerprints/change.ts';
import type { Fingerprint } from '../fingerprints/fingerprint.ts';
import type { ClosurePolicy } from '../fingerprints/closure-policy.ts';
import { foldResult } from '../fingerprints/every-port.ts';
import { emptyFingerprint } from '../fingerprints/observe.ts';
import type { AddressResult, ShardResult } from '../fingerprints/shard-result.ts';
import { alertGroupOf, type Finding } from '../findings/finding.ts';
import type { Protocol } from '../net/protocol.ts';
import { messageOf, VersionConflict } from '../errors.ts';
import { PortSet } from '../net/port-set.ts';
import { SCAN } from '../planning/scan-task.ts';
import { blindSpots } from '../planning/scanned-with.ts';
import type { TaskRun } from '../planning/task-run.ts';
import type { Clock } from '../ports/clock.ts';
import type { KillSwitch } from '../ports/kill-switch.ts';
import type { Log } from '../ports/log.ts';
import type { AlertQueue, ShardQueue } from '../ports/queues.ts';
import type { ChangeLog, FingerprintStore, TaskRunStore } from '../ports/stores.ts';
import { type Confirmation, shardsToConfirm } from './confirm.ts';
import { eachLimited } from './each-limited.ts';
import { IMPORT } from './imported-shard.ts';
import { makeRecordFindings, type RecordFindingsPorts } from './record-findings.ts';
import { killedBy } from './stop-scan.ts';

/** Attempts against another writer of the same address before the message is left for a retry. */
const CONFLICT_TRIES = 4;
/** Addresses written at the same time: enough to keep the store busy, few enough to keep memory flat. */
const CONCURRENCY = 16;

export interface IngestPorts extends RecordFindingsPorts {
  clock: Clock;
  log: Log;
  killSwitch: Pick<KillSwitch, 'read'>;
  fingerprints: FingerprintStore;
  changes: ChangeLog;
  runs: TaskRunStore;
  shards: ShardQueue;
  alerts: AlertQueue;
  closure: ClosurePolicy;
  alertWindowMs: number;
  /** Makes the plan and pending approval that the mode asks for: after the finding is recorded, before people are told. */
  prepare: (finding: Finding) => Promise<void>;
  /** Takes the evidence of a shard with purpose `verify`. */
  verify: (result: ShardResult) => Promise<void>;
  /** Takes a result of task 10: probes again what has not answered. */
  follow?: (result: ShardResult) => Promise<void>;
}

/** What became of one result: one that is not ok is retried by the queue. */
export type Ingested = { ok: true } | { ok: false; error: unknown };

interface Observed {
  index: number;
  result: ShardResult;
  seen: AddressResult;
}

/**
 * Confirms, compares with the fingerprint, judges and records a batch of shard results, then asks for the alerts.
 * Per address: findings, changes and requests to confirm first, the fingerprint last. It is the commit marker: after a crash before it, the redelivered
 * result finds the same difference again, and deterministic ids make the rows the same rows.
 */
export function makeIngest(ports: IngestPorts): (results: readonly ShardResult[]) => Promise<Ingested[]> {
  return async function ingest(results) {
    const outcomes: Ingested[] = results.map(() => ({ ok: true }));
    const fail = (index: number, error: unknown) => {
      outcomes[index] = { ok: false, error };
      ports.log.warn('a result will be tried again', {
        shard: results[index]?.shard.shardId ?? '',
        reason: messageOf(error),
      });
    };
    const groups = groupsOf(results);
    const known = await readKnown(ports, groups);
    const recordFindings = makeRecordFindings(ports);
    await eachLimited(groups, CONCURRENCY, async (group) => {
      try {
        await ingestAddress(ports, recordFindings, group, known[group.protocol].get(group.address));
      } catch (error) {
        for (const { index } of group.observed) fail(index, error);
      }
    });
    for (const [index, result] of results.entries()) {
      // Another scanner ends the shard; what this one saw open is recorded above.
      if (!outcomes[index]?.ok || result.handedBack === true) continue;
      try {
        if (result.shard.purpose === 'verify') await ports.verify(result);
        if (result.shard.cause !== undefined) await ports.follow?.(result);
        if (result.goesOn !== true) await recordRun(ports, result);
      } catch (error) {
        fail(index, error);
      }
    }
    return outcomes;
  };
}

/** What a batch says of one fingerprint, oldest first. */
interface Group {
  address: string;
  protocol: Protocol;
  observed: Observed[];
}

function groupsOf(results: readonly ShardResult[]): Group[] {
  const groups = new Map<string, Group>();
  for (const [index, result] of results.entries()) {
    for (const seen of result.results) {
      const { address, protocol } = seen;
      const key = `${protocol} ${address}`;
      const group = groups.get(key) ?? { address, protocol, observed: [] };
      group.observed.push({ index, result, seen });
      groups.set(key, group);
    }
  }
  for (const { observed } of groups.values()) {
    observed.sort((a, b) => (a.seen.startedAt < b.seen.startedAt ? -1 : 1));
  }
  return [...groups.values()];
}

async function readKnown(
  ports: Pick<IngestPorts, 'fingerprints'>,
  groups: readonly Group[],
): Promise<Record<Protocol, Map<string, Fingerprint>>> {
  const of = (protocol: Protocol) =>
    ports.fingerprints.getMany(
      groups.filter((group) => group.protocol === protocol).map(({ address }) => address),
      protocol,
    );
  const [tcp, udp] = await Promise.all([of('tcp'), of('udp')]);
  return { tcp, udp };
}

async function ingestAddress(
  ports: IngestPorts,
  recordFindings: (changes: readonly Change[]) => Promise<Finding[]>,
  group: Group,
  stored: Fingerprint | undefined,
): Promise<void> {
  const { address, protocol } = group;
  let before = stored;
  for (let attempt = 1; ; attempt += 1) {
    const { fingerprint, changes, confirmations, changed } = fold(ports, group, before);
    try {
      const findings = changes.length > 0 ? await recordFindings(changes) : [];
      if (changes.length > 0) await ports.changes.putAll(changes);
      if (confirmations.length > 0) await sendConfirmations(ports, group, confirmations);
      if (changed) await ports.fingerprints.save(fingerprint);
      await tell(ports, findings);
      return;
    } catch (error) {
      if (!(error instanceof VersionConflict) || attempt === CONFLICT_TRIES) throw error;
      before = (await ports.fingerprints.getMany([address], protocol)).get(address);
    }
  }
}

interface Folded {
  fingerprint: Fingerprint;
  changes: Change[];
  confirmations: Confirmation[];
  changed: boolean;
}

function fold(ports: IngestPorts, { address, protocol, observed }: Group, stored: Fingerprint | undefined): Folded {
  const folded: Folded = {
    fingerprint: stored ?? emptyFingerprint(address, ports.clock.now(), protocol),
    changes: [],
    confirmations: [],
    changed: false,
  };
  for (const { result, seen } of observed) {
    const { shard, status, engine } = result;
    const context = { status, purpose: shard.purpose, runId: shard.runId, engine, now: ports.clock.now() };
    const imported = shard.taskId === IMPORT;
    const step = foldResult(folded.fingerprint, seen, context, ports.closure, imported);
    folded.fingerprint = step.fingerprint;
    folded.changes.push(...step.changes);
    folded.confirmations.push(...step.confirm.map((confirm) => ({ ...confirm, runId: shard.runId })));
    folded.changed ||= step.changed;
  }
  return folded;
}

async function sendConfirmations(
  ports: IngestPorts,
  { address, protocol }: Group,
  confirmations: readonly Confirmation[],
): Promise<void> {
  for (const { shard, delaySeconds } of shardsToConfirm(address, protocol, confirmations, ports.clock.now())) {
    await ports.shards.send([shard], { delaySeconds });
  }
}

async function tell(ports: IngestPorts, findings: readonly Finding[]): Promise<void> {
  const groups = new Set<string>();
  for (const finding of findings) {
    if (finding.untold.length === 0) continue;
    await ports.prepare(finding);
    groups.add(alertGroupOf(finding));
  }
  const delaySeconds = Math.ceil(ports.alertWindowMs / 1_000);
  for (const group of groups) await ports.alerts.send({ group }, { delaySeconds });
}

async function recordRun(ports: IngestPorts, result: ShardResult): Promise<void> {
  const { runId, shardId } = result.shard;
  const ended = result.status === 'complete' ? 'complete' : 'incomplete';
  const { engine, whyNotBetter = null, estimate = null, unknownBefore = 0, vacant } = result;
  const unknown = result.results.reduce((sum, seen) => sum + PortSet.parse(seen.unknown).size, unknownBefore);
  const by = { engine, whyNotBetter, estimate, unknown, vacant };
  const run = await ports.runs.recordShard(runId, shardId, ended, result.reason, by);
  if (ended === 'incomplete' && run?.finishedAt === null) await stopIfKilled(ports, run);
  if (run && run.finishedAt === null && run.complete + run.incomplete >= run.shards) {
    await ports.runs.finish(runId, ports.clock.now());
    for (const reason of blindSpots(run)) {
      ports.log.warn('a run may have missed open ports', { task: run.name, run: runId, reason });
    }
  }
}

/** The kill switch ends a scan: each of the shards that are left would be refused, and one that waits until it is off again would come unasked. */
async function stopIfKilled({ runs, clock, killSwitch }: IngestPorts, run: TaskRun): Promise<void> {
  if (run.taskId !== SCAN) return;
  const { on, reason } = await killSwitch.read();
  if (on) await runs.stop(run.id, clock.now(), killedBy(reason));
}
