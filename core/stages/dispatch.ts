import type { Asset } from '../assets/asset.ts';
import type { Settings } from '../config/settings.ts';
import { BadInput } from '../errors.ts';
import { admittedTcp } from '../exposure/admitted.ts';
import { idOf } from '../identity.ts';
import { Exclusions } from '../net/exclusions.ts';
import { PortSet } from '../net/port-set.ts';
import { frequentPart, portsOf, type ScanTask, TASKS } from '../planning/catalogue.ts';
import { resolveLabel } from '../planning/labels.ts';
import { makeShards } from '../planning/make-shards.ts';
import type { Shard, ShardCause } from '../planning/shard.ts';
import type { TaskRun } from '../planning/task-run.ts';
import type { AdmittedStore } from '../ports/admitted-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { KillSwitch } from '../ports/kill-switch.ts';
import type { Log } from '../ports/log.ts';
import type { ShardQueue } from '../ports/queues.ts';
import type { FingerprintStore, TaskRunStore } from '../ports/stores.ts';
import { days, epochMs, type Instant, minutes, msBetween } from '../time.ts';

/** Ownership is as old as the shard: after ten minutes an address may belong to somebody else. */
const SHARD_TTL_MS = minutes(10);
const RUN_KEPT_MS = days(2);
/** A shard is about this many seconds of probing at the configured rate, so that urgent work never waits long behind it. */
const SHARD_SECONDS = 2;
/** Runs of more addresses than this have larger shards, since every shard costs messages and writes. */
const FEW_ADDRESSES = 256;
/** Pairs: 8 addresses at 2,048 ports each, or 64 at all high-risk ports. */
const LARGE_RUN_SHARD = 16_384;
/** Four seconds are what 2,048 ports take at 500 probes a second to one address. */
const LARGE_RUN_SHARD_SECONDS = 4;
/** However slow the rate: smaller shards would cost more messages than probes. */
const MIN_PROBES_PER_SHARD = 64;
const MAX_ADDRESSES_PER_SHARD = 64;

export interface DispatchPorts {
  clock: Clock;
  log: Log;
  killSwitch: KillSwitch;
  fingerprints: FingerprintStore;
  admitted: Pick<AdmittedStore, 'list'>;
  runs: TaskRunStore;
  shards: ShardQueue;
  /** What is watched now. */
  watched: () => Promise<Asset[]>;
  settings: Settings;
}

/** `scheduledAt` names the run: the same tick delivered twice is the same run. */
export interface Tick {
  taskId: string;
  scheduledAt: Instant;
}

/** Turns one tick of the catalogue into shards on the queue; undefined when there was nothing to do. */
export function makeDispatch(ports: DispatchPorts): (tick: Tick) => Promise<TaskRun | undefined> {
  return async function dispatch({ taskId, scheduledAt }) {
    const task = TASKS.find((row) => row.id === taskId);
    if (!task)
      throw new BadInput(
        `There is no scan task "${taskId}": the catalogue has ${TASKS.map((row) => row.id).join(', ')}.`,
      );
    const stop = await ports.killSwitch.read();
    if (stop.on) {
      ports.log.warn('the kill switch is on: nothing is scanned', { task: task.name, reason: stop.reason });
      return undefined;
    }
    const runId = idOf('r', taskId, scheduledAt);
    if (await isStillRunning(ports, task.id, runId)) {
      ports.log.info('the run before is still under way: this one is skipped', { task: task.name });
      return undefined;
    }
    const work = await workOf(ports, task);
    if (work.size === 0) return undefined;
    return startRun(ports, { runId, task, work, priority: false, backstop: !task.followsCadence, scope: null });
  };
}

async function isStillRunning(ports: DispatchPorts, taskId: string, runId: string): Promise<boolean> {
  const now = ports.clock.now();
  const recent = await ports.runs.list({ limit: 50 });
  return recent.some(
    (run) =>
      run.taskId === taskId &&
      run.id !== runId &&
      run.finishedAt === null &&
      msBetween(run.startedAt, now) < SHARD_TTL_MS,
  );
}

async function workOf(ports: DispatchPorts, task: ScanTask): Promise<Map<string, PortSet>> {
  const limit = portsOf(task, ports.settings);
  const work = new Map<string, PortSet>();
  if (limit === null) return work;
  const admitted = task.label === 'PORT_ADMITTED' ? await admittedPorts(ports.admitted) : undefined;
  if (admitted?.size === 0) return work;
  const assets = await ports.watched();
  const fingerprints = new Map((await ports.fingerprints.list()).map((fp) => [fp.address, fp]));
  for (const [address, known] of resolveLabel(task.label, assets, fingerprints, ports.clock.now(), admitted)) {
    const wanted = known === null ? limit : known.intersect(limit);
    const now = admitted === undefined ? wanted : frequentPart(wanted);
    if (!now.isEmpty) work.set(address, now);
  }
  return work;
}

/** TCP ports that rules let in from the internet, by address; empty where no rules of other machines are read. */
export async function admittedPorts(store: Pick<AdmittedStore, 'list'>): Promise<Map<string, PortSet>> {
  return new Map((await store.list()).map(({ address, pairs }) => [address, admittedTcp(pairs)]));
}

export interface RunSpec {
  runId: string;
  task: Pick<ScanTask, 'id' | 'name' | 'tries' | 'timeoutMs' | 'maxShardProbes'>;
  work: Map<string, PortSet>;
  priority: boolean;
  /** May wait for everything else: a full sweep takes minutes to days and must not hold up what follows the cadence. */
  backstop?: boolean;
  scope: TaskRun['scope'];
  rate?: number;
  /** The change it follows. */
  cause?: ShardCause;
}

/** Records the run, then queues its shards. Called again with the same run it queues the same shards; results count once. */
export async function startRun(
  ports: Pick<DispatchPorts, 'clock' | 'runs' | 'shards' | 'settings'>,
  spec: RunSpec,
): Promise<TaskRun> {
  const now = ports.clock.now();
  const rate = spec.rate ?? ports.settings.rate;
  const shards = makeShards({
    runId: spec.runId,
    taskId: spec.task.id,
    purpose: 'sweep',
    work: spec.work,
    exclusions: new Exclusions(ports.settings.exclude),
    tries: spec.task.tries,
    timeoutMs: spec.task.timeoutMs,
    rate: spec.rate ?? null,
    maxProbesPerShard: probesPerShard(spec, rate),
    maxAddressesPerShard: MAX_ADDRESSES_PER_SHARD,
    now,
    ttlMs: SHARD_TTL_MS,
    planId: null,
  }).map((shard) => (spec.cause === undefined ? shard : { ...shard, cause: spec.cause }));
  const run: TaskRun = {
    id: spec.runId,
    taskId: spec.task.id,
    name: spec.task.name,
    startedAt: now,
    finishedAt: shards.length === 0 ? now : null,
    shards: shards.length,
    complete: 0,
    incomplete: 0,
    addresses: new Set(shards.flatMap((shard) => shard.addresses)).size,
    probes: shards.reduce((sum, shard) => sum + probesOf(shard), 0),
    reasons: [],
    scope: spec.scope,
    ttl: Math.ceil((epochMs(now) + RUN_KEPT_MS) / 1_000),
  };
  await ports.runs.create(run);
  await ports.shards.send(shards, { priority: spec.priority, backstop: spec.backstop ?? false });
  return run;
}

function probesPerShard({ work, priority, task }: RunSpec, rate: number): number {
  const isLarge = !priority && work.size > FEW_ADDRESSES;
  const most = isLarge
    ? Math.min(LARGE_RUN_SHARD, rate * LARGE_RUN_SHARD_SECONDS)
    : Math.min(task.maxShardProbes, rate * SHARD_SECONDS);
  return Math.max(MIN_PROBES_PER_SHARD, most);
}

function probesOf(shard: Shard): number {
  const ports = PortSet.parse(shard.ports);
  return shard.addresses.reduce(
    (sum, address) => sum + ports.subtract(PortSet.parse(shard.excluded[address] ?? '')).size,
    0,
  );
}
