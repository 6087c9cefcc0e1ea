import { once } from 'node:events';
import type { Address } from '../../../core/net/address.ts';
import type { Engine, EngineEvent, ScanJob, ScanTarget } from '../engine.ts';
import { batchesOf, probesOf } from './batches.ts';
import { Decoys } from './decoys.ts';
import type { External } from './external.ts';
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
  const refusal = external.refusals();
  const targets: ScanTarget[] = [];
  for (const target of job.targets) {
    if (target.ports.isEmpty) continue;
    const reason = refusal(target.address);
    if (reason === null) targets.push(target);
    else if (!signal.aborted) yield { kind: 'stopped', address: target.address, reason };
  }
  const batches = batchesOf(targets, { rate: rateBeside(job.rate, job.shared), seed: job.seed }, external.limits);
  const total = batches.reduce((sum, batch) => sum + probesOf(batch, job), 0);
  const startedAt = performance.now();
  const stopped = new Set<Address>();
  const decoys = new Decoys(targets);
  let [toldAt, done, probes] = [startedAt, 0, 0];
  const progress = (settled: number): EngineEvent => {
    toldAt = performance.now();
    const rate = (settled * 1_000) / Math.max(1, toldAt - startedAt);
    return { kind: 'progress', done: settled, total, rate };
  };
  for (const batch of batches) {
    const addresses = batch.addresses.filter((address) => !stopped.has(address));
    if (signal.aborted) break;
    if (addresses.length === 0) continue;
    const rounds = new Rounds(external, { ...batch, addresses }, job, decoys);
    let pairs = 0;
    for await (const event of rounds.events(signal)) {
      yield event;
      if (event.kind === 'stopped') stopped.add(event.address);
      if (event.kind !== 'observations') continue;
      for (const { ports } of event.observations) pairs += ports.length;
      if (performance.now() - toldAt > PROGRESS_MS) yield progress(done + pairs * job.tries);
    }
    probes += rounds.probes;
    done += signal.aborted ? pairs * job.tries : probesOf(batch, job);
    yield progress(done);
  }
  yield { kind: 'done', complete: !signal.aborted, probes };
}
