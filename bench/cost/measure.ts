import { PRICED_CLOSURE_POLICY } from '../../core/fingerprints/closure-policy.ts';
import { hours, minutes } from '../../core/time.ts';
import { Fleet } from './fleet.ts';
import { handlersFor, type TaskWork, type Work } from './handlers.ts';
import { startPipeline, sumOf } from './pipeline.ts';
import type { Profile } from './profiles.ts';
import { busyTasks, settingsOf } from './shard-counts.ts';
import type { Counts } from './tally.ts';

/** What a fleet of one size asked for, of all that happens when nothing changes, and of one change at every address. */
export interface Sample {
  readonly addresses: number;
  /** By task id. Each time the fingerprints were due to be stored again. */
  readonly tasks: Readonly<Record<string, TaskWork>>;
  /** Write units of storing an unchanged fingerprint. */
  readonly fingerprintUnits: number;
  readonly reconcile: Work;
  readonly inventory: Work;
  /** One port opened and closed again at every address, on top of the sweeps that found it. */
  readonly changes: { readonly queues: number; readonly functions: Work; readonly results: number };
  /** Bytes of the table when all was done, of one address. */
  readonly bytesPerAddress: number;
}

/** Shards of one address are further apart than the heartbeat of fingerprints, as they are in a run of thousands of addresses. */
const SPREAD_MS = minutes(2);

export async function sampleOf(profile: Profile, addresses: number): Promise<Sample> {
  const pipeline = await startPipeline(settingsOf(profile));
  const fleet = new Fleet(addresses);
  const handlers = handlersFor(pipeline, fleet, SPREAD_MS / addresses);
  try {
    await handlers.inventory();
    const tasks = busyTasks(settingsOf(profile));
    for (const task of tasks) {
      pipeline.clock.advance(hours(1));
      await handlers.runTask(task);
      await handlers.settle();
      await handlers.alerts();
    }
    const counted: Record<string, TaskWork> = {};
    for (const task of tasks) {
      pipeline.clock.advance(PRICED_CLOSURE_POLICY.heartbeatMs);
      counted[task.id] = await handlers.runTask(task);
    }
    // By the pipeline's clock days have gone by: what has expired goes once, and is not what every minute costs.
    await handlers.reconcile();
    const reconcile = await handlers.reconcile();
    const inventory = await handlers.inventory();
    const sweep = tasks.find(({ ports }) => ports === 'high-risk');
    if (sweep === undefined) throw new Error('the catalogue has no sweep for high-risk ports');
    const parts: (Work | Counts)[] = [];
    let results = 0;
    let queues = 0;
    for (let turn = 0; turn < 2; turn += 1) {
      fleet.toggle();
      pipeline.clock.advance(hours(1));
      const swept = await handlers.runTask(sweep);
      const unchanged = counted[sweep.id]?.ingest;
      parts.push(swept.ingest);
      if (unchanged !== undefined) parts.push(negative(withoutFingerprints(unchanged)));
      for (const { scan, ingest } of await handlers.settle({ patient: true })) {
        queues += scan.sqs;
        results += ingest.invocations;
        parts.push(ingest);
      }
      parts.push(await handlers.alerts());
    }
    const works = parts.filter((part): part is Work => 'cpuMs' in part);
    const functions: Work = {
      ...sumOf(parts),
      invocations: works.reduce((sum, { invocations }) => sum + invocations, 0),
      cpuMs: works.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    };
    const bytesPerAddress = (await pipeline.tableBytes()) / addresses;
    return {
      addresses,
      tasks: counted,
      fingerprintUnits: (counted[sweep.id]?.ingest.writes['FINGERPRINT'] ?? 0) / addresses,
      reconcile,
      inventory,
      changes: { queues, functions, results },
      bytesPerAddress,
    };
  } finally {
    await pipeline.stop();
  }
}

/** An hour after the last write an unchanged one is not due. */
function withoutFingerprints(work: Work): Work {
  const { FINGERPRINT: units = 0, ...writes } = work.writes;
  return { ...work, writes, writeUnits: work.writeUnits - units };
}

function negative(work: Work): Work {
  const minus = (units: Record<string, number>) => Object.fromEntries(Object.entries(units).map(([k, v]) => [k, -v]));
  return {
    sqs: -work.sqs,
    readUnits: -work.readUnits,
    writeUnits: -work.writeUnits,
    reads: minus(work.reads),
    writes: minus(work.writes),
    invocations: -work.invocations,
    cpuMs: -work.cpuMs,
  };
}

/** The value at `n` of the line through two samples; never negative. */
export function lineThrough(samples: readonly [Sample, Sample], of: (sample: Sample) => number): (n: number) => number {
  const [a, b] = samples;
  const rise = (of(b) - of(a)) / (b.addresses - a.addresses);
  return (n) => Math.max(0, of(a) + rise * (n - a.addresses));
}
