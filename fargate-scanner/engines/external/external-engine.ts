import { once } from 'node:events';
import { messageOf } from '../../../core/errors.ts';
import type { Address } from '../../../core/net/address.ts';
import type { Engine, EngineEvent, ScanJob, ScanTarget } from '../engine.ts';
import { atOnce } from './at-once.ts';
import { type Batch, batchesOf, probesOf, type Reached } from './batches.ts';
import { Decoys } from './decoys.ts';
import type { External } from './external.ts';
import type { Reach, ReachOf, There } from './reach.ts';
import { Rounds } from './rounds.ts';
import { rateBeside } from './share.ts';

/** How often progress is told while answers come. */
const PROGRESS_MS = 1_000;

/** Scans of other programs go one after the other, whichever engine they are of: none of them shares a rate. */
let turn: Promise<void> = Promise.resolve();

/** An engine made of another scanner's program, started anew for each batch. */
export function externalEngine(external: External): Engine {
  return {
    name: external.name,
    lacks: external.lacks,
    async *scan(job, signal) {
      const before = turn;
      let leave = (): void => undefined;
      turn = new Promise((resolve) => (leave = resolve));
      try {
        if (!signal.aborted) await Promise.race([before, once(signal, 'abort')]);
        yield* scanInTurn(external, job, signal);
      } finally {
        void before.then(leave);
      }
    },
  };
}

async function* scanInTurn(external: External, job: ScanJob, signal: AbortSignal): AsyncGenerator<EngineEvent> {
  const rate = rateBeside(job.rate, job.shared);
  const asked = job.targets.filter(({ ports }) => !ports.isEmpty);
  const reachOf = await reachOr(external, asked, rate, signal);
  const targets: Reached[] = [];
  if (!signal.aborted) {
    for (const target of asked) {
      const reach = reachOf(target.address);
      if (reach.kind === 'there') targets.push({ ...target, there: reach });
      else yield notReached(target, reach);
    }
  }
  const batches = batchesOf(targets, { rate, seed: job.seed }, external.limits);
  const groups = [...Map.groupBy(batches, ({ there }) => there.options.join(' ')).values()];
  const lanes = Math.max(1, Math.min(external.atOnce, groups.length, Math.floor(rate)));
  const total = batches.reduce((sum, batch) => sum + probesOf(batch, job), 0);
  const startedAt = performance.now();
  const decoys = new Decoys(targets);
  let [toldAt, done, probes] = [startedAt, 0, 0];
  /** Of the starts under way: probes of pairs that have their observation. */
  const settled = new Map<Batch, number>();
  const progress = (): EngineEvent => {
    toldAt = performance.now();
    const all = [...settled.values()].reduce((sum, some) => sum + some, done);
    return { kind: 'progress', done: all, total, rate: (all * 1_000) / Math.max(1, toldAt - startedAt) };
  };
  async function* scanGroup(group: readonly Batch[], ended: AbortSignal): AsyncGenerator<EngineEvent, void> {
    const stopped = new Set<Address>();
    const wanted = AbortSignal.any([signal, ended]);
    for (const batch of group) {
      const addresses = batch.addresses.filter((address) => !stopped.has(address));
      if (wanted.aborted) return;
      if (addresses.length === 0) continue;
      const own = { ...batch, addresses, rate: Math.max(1, Math.min(batch.rate, rate / lanes)) };
      const rounds = new Rounds(external, own, job, decoys);
      let pairs = 0;
      for await (const event of rounds.events(wanted)) {
        yield event;
        if (event.kind === 'stopped') stopped.add(event.address);
        if (event.kind !== 'observations') continue;
        for (const { ports } of event.observations) pairs += ports.length;
        settled.set(batch, pairs * job.tries);
        if (performance.now() - toldAt > PROGRESS_MS) yield progress();
      }
      probes += rounds.probes;
      settled.delete(batch);
      done += wanted.aborted ? pairs * job.tries : probesOf(batch, job);
      yield progress();
    }
  }
  yield* atOnce(
    groups.map((group) => (ended) => scanGroup(group, ended)),
    lanes,
  );
  yield { kind: 'done', complete: !signal.aborted, probes };
}

/** Where the ways cannot be found out nothing is asked. */
async function reachOr(
  external: External,
  targets: readonly ScanTarget[],
  rate: number,
  signal: AbortSignal,
): Promise<ReachOf> {
  try {
    return await external.reach(
      targets.map(({ address }) => address),
      rate,
      signal,
    );
  } catch (thrown) {
    const why = `how ${external.name} could get there cannot be found out: ${messageOf(thrown)}`;
    return () => ({ kind: 'refused', why });
  }
}

function notReached({ address, ports }: ScanTarget, reach: Exclude<Reach, There>): EngineEvent {
  if (reach.kind === 'refused') return { kind: 'stopped', address, reason: reach.why };
  const observation = {
    address,
    ports: [...ports],
    state: 'unknown',
    reason: reach.reason,
    rttMs: null,
    tries: 1,
  } as const;
  return { kind: 'observations', observations: [observation] };
}
