import type { Asset } from '../assets/asset.ts';
import type { Settings } from '../config/settings.ts';
import { BadInput } from '../errors.ts';
import { hashOf, idOf } from '../identity.ts';
import { Exclusions } from '../net/exclusions.ts';
import type { PortSet } from '../net/port-set.ts';
import { busiestOf, msOf } from '../planning/busiest.ts';
import { type ScanTask, TASKS } from '../planning/catalogue.ts';
import { makeShards } from '../planning/make-shards.ts';
import { pairsOf } from '../planning/pairs-of.ts';
import { isUnderWay, runKeptMs, shardLifeMs } from '../planning/run-life.ts';
import type { Shard, ShardCause } from '../planning/shard.ts';
import type { TaskRun } from '../planning/task-run.ts';
import { addressRatesOf } from '../scanning/address-share.ts';
import type { EngineName } from '../scanning/engine-name.ts';
import type { AdmittedStore } from '../ports/admitted-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { KillSwitch } from '../ports/kill-switch.ts';
import type { Log } from '../ports/log.ts';
import type { ShardQueue } from '../ports/queues.ts';
import type { FingerprintStore, TaskRunStore } from '../ports/stores.ts';
import { epochMs, type Instant } from '../time.ts';
import { workOf } from './work-of.ts';

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
/** Of a result of so many addresses with a few ports each SQS makes one request of 64 KiB. */
const MAX_ADDRESSES_PER_SHARD = 128;
/** Addresses whose shards are made at once: 20,000 shards of a full sweep, 20 MB. */
const MOST_AT_ONCE = 5_000;

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
    const last = await ports.runs.lastOf(task.id);
    if (last !== undefined && last.id !== runId && isUnderWay(last, ports.settings.rate, ports.clock.now())) {
      ports.log.info('the run before is still under way: this one is skipped', { task: task.name });
      return undefined;
    }
    const work = await workOf(ports, task);
    if (work.size === 0) return undefined;
    return startRun(ports, { runId, task, work, priority: false, backstop: !task.followsCadence, scope: null });
  };
}

export interface RunSpec {
  runId: string;
  task: Pick<ScanTask, 'id' | 'name' | 'tries' | 'timeoutMs' | 'maxShardProbes'> &
    Partial<Pick<ScanTask, 'protocol' | 'everyMs'>>;
  work: Map<string, PortSet>;
  priority: boolean;
  /** May wait for everything else: a full sweep takes minutes to days and must not hold up what follows the cadence. */
  backstop?: boolean;
  scope: TaskRun['scope'];
  rate?: number;
  /** Probes a second to one address, of every shard; absent: as configured. */
  ratePerAddress?: number;
  /** The engine that somebody asked for. */
  engine?: EngineName;
  /** The change it follows. */
  cause?: ShardCause;
}

/**
 * Records the run, then queues its shards. Called again with the same run it queues the same shards; results count once. Shards of very many
 * addresses are made twice, to be counted and to be sent, rather than all held at once: 100,000 addresses have 400,000.
 */
export async function startRun(
  ports: Pick<DispatchPorts, 'clock' | 'shards' | 'settings'> & { runs: Pick<TaskRunStore, 'create'> },
  spec: RunSpec,
): Promise<TaskRun> {
  const now = ports.clock.now();
  const toOne = spec.ratePerAddress ?? addressRatesOf(ports.settings.ratePerAddress, 1).owner;
  const busiest = busiestOf(spec.work, spec.task.tries, () => toOne);
  const busiestMs = busiest === null ? 0 : msOf(busiest);
  const load = { probes: 0, rate: spec.rate ?? ports.settings.rate, busiestMs };
  for (const pairs of spec.work.values()) load.probes += pairs.size;
  const shards = (): Generator<Shard[]> => shardsOf(ports.settings, spec, now, load);
  const addresses = new Set<string>();
  let [count, probes] = [0, 0];
  for (const some of shards()) {
    count += some.length;
    for (const shard of some) {
      probes += pairsOf(shard);
      for (const address of shard.addresses) addresses.add(address);
    }
  }
  const run: TaskRun = {
    id: spec.runId,
    taskId: spec.task.id,
    name: spec.task.name,
    startedAt: now,
    finishedAt: count === 0 ? now : null,
    shards: count,
    complete: 0,
    incomplete: 0,
    addresses: addresses.size,
    probes,
    reasons: [],
    engines: {},
    whyNotBetter: [],
    estimate: null,
    unknown: 0,
    vacant: 0,
    scope: spec.scope,
    ttl: Math.ceil((epochMs(now) + runKeptMs(load, spec.task.everyMs ?? 0)) / 1_000),
  };
  await ports.runs.create(run);
  for (const some of shards()) {
    await ports.shards.send(some, { priority: spec.priority, backstop: spec.backstop ?? false });
  }
  return run;
}

/** The shards of a run, those of MOST_AT_ONCE addresses at a time. Which of them come first differs from run to run: one that is cut short leaves others out than the last. */
function* shardsOf(
  settings: Pick<Settings, 'exclude' | 'rate'>,
  spec: RunSpec,
  now: Instant,
  load: { probes: number; rate: number; busiestMs: number },
): Generator<Shard[]> {
  const all = [...spec.work];
  const parts = Math.ceil(all.length / MOST_AT_ONCE);
  const first = parts < 2 ? 0 : Number.parseInt(hashOf(spec.runId).slice(0, 8), 16) % parts;
  let firstIndex = 0;
  for (let i = 0; i < parts; i += 1) {
    const from = ((first + i) % parts) * MOST_AT_ONCE;
    const shards = makeShards({
      runId: spec.runId,
      taskId: spec.task.id,
      purpose: 'sweep',
      protocol: spec.task.protocol ?? 'tcp',
      work: new Map(all.slice(from, from + MOST_AT_ONCE)),
      exclusions: new Exclusions(settings.exclude),
      tries: spec.task.tries,
      timeoutMs: spec.task.timeoutMs,
      rate: spec.rate ?? null,
      maxProbesPerShard: probesPerShard(spec, load.rate),
      maxAddressesPerShard: MAX_ADDRESSES_PER_SHARD,
      now,
      ttlMs: shardLifeMs(load),
      planId: null,
      firstIndex,
    });
    firstIndex += shards.length;
    if (shards.length === 0) continue;
    const { cause, engine, ratePerAddress } = spec;
    const more = {
      ...(cause === undefined ? {} : { cause }),
      ...(engine === undefined ? {} : { engine }),
      ...(ratePerAddress === undefined ? {} : { ratePerAddress }),
    };
    yield shards.map((shard) => ({ ...shard, ...more }));
  }
}

function probesPerShard({ work, priority, task }: RunSpec, rate: number): number {
  const isLarge = !priority && work.size > FEW_ADDRESSES;
  const most = isLarge
    ? Math.min(LARGE_RUN_SHARD, rate * LARGE_RUN_SHARD_SECONDS)
    : Math.min(task.maxShardProbes, rate * SHARD_SECONDS);
  return Math.max(MIN_PROBES_PER_SHARD, most);
}
