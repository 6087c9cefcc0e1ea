import type { Settings } from '../../core/config/settings.ts';
import { PRICED_CLOSURE_POLICY } from '../../core/fingerprints/closure-policy.ts';
import { scheduleOf, type ScanTask } from '../../core/planning/catalogue.ts';
import { OWNED_FOR_MS } from '../../core/planning/run-life.ts';
import { days, hours, minutes } from '../../core/time.ts';
import type { Deployed } from './deployed.ts';
import type { Design } from './design.ts';
import type { Work } from './handlers.ts';
import { lineThrough, type Sample } from './measure.ts';
import { CHANGED_A_DAY, type Profile } from './profiles.ts';
import type { RunSize } from './shard-counts.ts';
import { Units } from './units.ts';

/** Everything that is counted or measured for one profile. */
export interface Inputs {
  readonly profile: Profile;
  readonly settings: Settings;
  readonly tasks: readonly PlannedTask[];
  readonly samples: readonly [Sample, Sample];
  readonly deployed: Deployed;
}

export interface PlannedTask {
  readonly task: ScanTask;
  readonly size: RunSize;
}

/** Quantities of one month, before prices. */
export interface Month {
  readonly probes: number;
  readonly shards: number;
  readonly addressResults: number;
  /** Hours in which at least one task is there, and hours of all tasks. */
  readonly hoursOn: number;
  readonly taskHours: number;
  /** Each way. */
  readonly trafficGb: number;
  readonly sqs: Readonly<Record<'shards' | 'results' | 'polling' | 'changes', number>>;
  readonly writes: Readonly<Record<string, number>>;
  readonly reads: Readonly<Record<string, number>>;
  readonly invocations: number;
  readonly gbSeconds: number;
  readonly storedGb: number;
  readonly logGb: number;
}

/** Unchanged fingerprints are stored with their heartbeat, however often the address is looked at. */
const FINGERPRINT_WRITES: ReadonlySet<string> = new Set(['FINGERPRINT', 'FINGERPRINT-UDP']);

/** 365 days / 12. */
const MONTH_MS = days(365) / 12;
const MONTH_SECONDS = MONTH_MS / 1_000;
/** Of a SYN on the wire, and of its answer at most: 20 IP and 40 TCP with the options that Linux sends. */
const PACKET_BYTES = 60;
/** infra/constructs/scanner-scaling.ts: 3 windows of 5 minutes without work stop the tasks. */
const IDLE_MS = minutes(15);
/** Image and network of a task: billed from the pull on. */
const START_MS = minutes(1);
/** Probes a second of one task: infra/stacks/scanners-stack.ts. */
const RATE_PER_TASK = 5_000;
/** fargate-scanner/queue-loop.ts: one long poll a lane. */
const SCANNER_POLLS = 3;
/** fargate-scanner/env.ts. With the kill switch read at once and every second (fargate-scanner/stops.ts) it says how often that is. */
const PER_ADDRESS_RATE = 500;
/** Seconds of a long poll, the most that SQS allows. */
const POLL_SECONDS = 20;
/** Lambda asks a queue by 5 long polls until there is more to do (AWS Lambda guide, "Using Lambda with Amazon SQS"). */
const LAMBDA_POLLS = 5;
/** A function with 1,769 MB has one CPU; one with less takes longer for the same work (AWS Lambda guide, "Configure memory"). */
const GB_OF_ONE_CPU = 1_769 / 1_024;
/** START, END and REPORT of one invocation. */
const LOG_BYTES = 450;
export function monthOf(inputs: Inputs, design: Design): Month {
  const { profile, tasks, samples, deployed } = inputs;
  const [, large] = samples;
  const runsOf = turnsIn(inputs);
  const total = (of: (size: RunSize, task: ScanTask) => number): number =>
    tasks.reduce((sum, { task, size }) => sum + runsOf(task) * of(size, task), 0);
  const probes = total(({ probes: each }) => each);
  const shards = total(({ shards: each }) => each);
  const addressResults = total(({ addressResults: each }) => each);

  const used = { reads: new Units(), writes: new Units(), cpuMs: 0, invocations: 0 };
  const add = (times: number, of: (work: Work) => number, work: (sample: Sample) => Work): number =>
    times * lineThrough(samples, (sample) => of(work(sample)))(profile.addresses);
  const addFunction = (times: number, work: (sample: Sample) => Work): void => {
    for (const name of namesOf(samples, (sample) => work(sample).reads)) {
      used.reads.add(
        name,
        add(times, ({ reads }) => reads[name] ?? 0, work),
      );
    }
    for (const name of namesOf(samples, (sample) => work(sample).writes)) {
      used.writes.add(
        name,
        add(times, ({ writes }) => writes[name] ?? 0, work),
      );
    }
    used.cpuMs += add(times, ({ cpuMs }) => cpuMs, work);
    used.invocations += add(times, ({ invocations }) => invocations, work);
  };

  for (const { task, size } of tasks) {
    const runs = runsOf(task);
    addFunction(runs, (sample) => taskOf(sample, task).dispatch);
    if (size.shards === 0) continue;
    const { ingest, addressResults: seen, shards: cut } = taskOf(large, task);
    if (cut === 0) throw new Error(`${task.name} was not measured`);
    // What is known of a run is asked for by shard, what is known of an address by each result about it.
    const times = (name: string): number => runs * (name === 'RUN' ? size.shards / cut : size.addressResults / seen);
    for (const [name, units] of Object.entries(ingest.reads)) used.reads.add(name, times(name) * units);
    for (const [name, units] of Object.entries(ingest.writes)) {
      if (!FINGERPRINT_WRITES.has(name)) used.writes.add(name, times(name) * units);
    }
    used.cpuMs += (runs * size.shards * ingest.cpuMs) / cut;
    const seconds = size.probes / Math.max(1, size.addressResults) / PER_ADDRESS_RATE;
    used.reads.add('CONTROL', runs * size.shards * (1 + Math.floor(seconds)));
    // fargate-scanner/recheck.ts, for what has waited longer than OWNED_FOR_MS: its run, and each of its addresses.
    const waited = Math.max(0, 1 - OWNED_FOR_MS / ((size.probes / profile.rate) * 1_000));
    // To take and to give back, as the scanner loop did it where each shard has one address.
    used.writes.add('LEASE', runs * size.leases * leaseUnits(large, task));
    used.reads.add('RUN', runs * size.shards * waited);
    used.reads.add('ASSET', runs * size.addressResults * waited);
  }
  const heartbeats = Math.min(MONTH_MS / PRICED_CLOSURE_POLICY.heartbeatMs, addressResults / profile.addresses);
  used.writes.add('FINGERPRINT', profile.addresses * heartbeats * large.fingerprintUnits);
  // What the other row of UDP sees in between changes nothing either.
  const udp = tasks.find(({ task, size }) => task.protocol === 'udp' && size.shards > 0 && task.label === 'IP_ONLINE');
  if (udp !== undefined) {
    const { ingest, addressResults: seen } = taskOf(large, udp.task);
    const looks = runsOf(udp.task) * udp.size.addressResults;
    used.writes.add('FINGERPRINT-UDP', (looks * (ingest.writes['FINGERPRINT-UDP'] ?? 0)) / seen);
  }
  addFunction(MONTH_MS / minutes(1), ({ reconcile }) => reconcile);
  addFunction(MONTH_MS / minutes(15), ({ inventory }) => inventory);

  const changed = (profile.addresses * CHANGED_A_DAY * MONTH_MS) / days(1) / large.addresses;
  const { functions, queues } = large.changes;
  for (const [name, units] of Object.entries(functions.reads)) used.reads.add(name, changed * units);
  for (const [name, units] of Object.entries(functions.writes)) used.writes.add(name, changed * units);

  // Results that come while Lambda waits are one batch, of ten at most.
  const atOnce = Math.min(10, Math.max(1, (design.resultWindowSeconds * shards) / MONTH_SECONDS));
  const invocations = used.invocations + shards / atOnce + changed * functions.invocations;
  const hoursOn = Math.min(MONTH_MS, onMs(tasks, runsOf, profile)) / hours(1);
  const taskHours = Math.max(hoursOn, probes / RATE_PER_TASK / 3_600);
  const polls =
    (MONTH_SECONDS * LAMBDA_POLLS * deployed.polledQueues + taskHours * 3_600 * SCANNER_POLLS) / POLL_SECONDS;
  return {
    probes,
    shards,
    addressResults,
    hoursOn,
    taskHours,
    // Every probe is answered, by RST or SYN-ACK.
    trafficGb: (probes * PACKET_BYTES) / 1e9,
    sqs: {
      shards: total(({ shards: each }, task) => Math.ceil(each / 10) + each * scanRequests(large, task)),
      results: (2 * shards) / atOnce,
      polling: polls,
      changes: changed * (queues + functions.sqs + 2 * functions.invocations),
    },
    writes: used.writes.byName,
    reads: used.reads.byName,
    invocations,
    gbSeconds: ((used.cpuMs + changed * functions.cpuMs) / 1_000) * GB_OF_ONE_CPU,
    storedGb: (profile.addresses * large.bytesPerAddress) / 1e9,
    logGb: (invocations * LOG_BYTES) / 1e9,
  };
}

/**
 * Turns of each task in a month. One that is due while the last run is still under way is left out, so a full sweep begins again at the first
 * turn after it ended; it has what the rate leaves beside the tasks that follow the cadence.
 */
function turnsIn({ profile, settings, tasks }: Inputs): (task: ScanTask) => number {
  const often = tasks.filter(({ task }) => task.followsCadence);
  const spent = often.reduce((sum, { task, size }) => sum + size.probes / scheduleOf(task, settings).everyMs, 0);
  const left = profile.rate / 1_000 - spent;
  return (task) => {
    const { everyMs } = scheduleOf(task, settings);
    const { probes } = tasks.find((one) => one.task.id === task.id)?.size ?? { probes: 0 };
    if (left <= 0) throw new Error(`the rate of "${profile.title}" is not enough for what follows the cadence`);
    const takesMs = task.followsCadence ? 0 : probes / left;
    return MONTH_MS / (everyMs * Math.max(1, Math.ceil(takesMs / everyMs)));
  };
}

function taskOf({ tasks }: Sample, { id, name }: ScanTask): Sample['tasks'][string] {
  const found = tasks[id];
  if (found === undefined) throw new Error(`${name} was not measured`);
  return found;
}

function scanRequests(sample: Sample, task: ScanTask): number {
  const { scan, shards } = taskOf(sample, task);
  return shards === 0 ? 0 : scan.sqs / shards;
}

function leaseUnits(sample: Sample, task: ScanTask): number {
  const { scan, shards } = taskOf(sample, task);
  return shards === 0 ? 0 : (scan.writes['LEASE'] ?? 0) / shards;
}

function namesOf(samples: Inputs['samples'], of: (sample: Sample) => Readonly<Record<string, number>>): Set<string> {
  return new Set(samples.flatMap((sample) => Object.keys(of(sample))));
}

/** Milliseconds of a month in which tasks are there: they start before work and stay after it, except where a full sweep keeps them anyway. */
function onMs(tasks: readonly PlannedTask[], runsOf: (task: ScanTask) => number, { rate }: Profile): number {
  const busyMs = (some: readonly PlannedTask[]): number =>
    some.reduce((sum, { task, size }) => sum + runsOf(task) * (size.probes / rate) * 1_000, 0);
  const sweeps = tasks.filter(({ task }) => !task.followsCadence);
  // Tasks that follow the cadence start together.
  const turns = Math.max(0, ...tasks.filter(({ size }) => size.probes > 0).map(({ task }) => runsOf(task)));
  const alone = Math.max(0, 1 - busyMs(sweeps) / MONTH_MS);
  return busyMs(tasks) + turns * alone * (START_MS + IDLE_MS);
}
