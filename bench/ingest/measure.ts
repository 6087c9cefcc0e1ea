import { load, machine } from '../support/machine.ts';
import { residentMB } from '../support/process-usage.ts';
import { atLeast, atMost, median, quantile, round } from '../support/stats.ts';
import { Confirmer } from './confirmer.ts';
import { assetOf, Fleet } from './fleet.ts';
import { MemorySamples } from './memory-samples.ts';
import { type Pipeline, startPipeline } from './pipeline.ts';
import { plainPuts } from './plain-puts.ts';
import { sweep } from './rounds.ts';

/** Growth of memory from the first third of the time to the last that still counts as flat. */
const FLAT = 0.1;

export interface IngestOptions {
  minutes: number;
  addresses: number;
  say: (line: string) => void;
}

export async function measureIngest(options: IngestOptions) {
  const loadBefore = load();
  const pipeline = await startPipeline(options.say);
  const fleet = new Fleet(options.addresses);
  const confirmer = new Confirmer(pipeline, fleet);
  try {
    await pipeline.base.assets.putAll(fleet.addresses.map((address) => assetOf(address, pipeline.base.clock.now())));
    await sweep(pipeline, fleet, 'r-first');
    await pipeline.pump.drained();
    // Not counted: it compiles what runs later and fills the caches and buffers, which have a size of their own.
    await takeTurn(pipeline, fleet, confirmer, 0);
    options.say('warm');
    const memory = new MemorySamples();
    const before = { confirmShards: confirmer.sent, alerts: pipeline.alerts() };
    const turns: Turn[] = [];
    const until = performance.now() + options.minutes * 60_000;
    while (performance.now() < until) {
      const turn = await takeTurn(pipeline, fleet, confirmer, turns.length + 1);
      turns.push(turn);
      const { unchanged, changed, puts } = turn;
      const { anonymousMB, fileMB } = residentMB(process.pid);
      const rates = `unchanged ${Math.round(unchanged)}, changed ${Math.round(changed)}, puts ${Math.round(puts)}`;
      options.say(
        `turn ${turns.length}: per second ${rates}; ${Math.round(anonymousMB)} MB anonymous, ${Math.round(fileMB)} MB of files`,
      );
    }
    memory.stop();
    const counts = {
      confirmShards: confirmer.sent - before.confirmShards,
      alerts: pipeline.alerts() - before.alerts,
    };
    return report(options, { turns, counts, memory: memory.report(), loads: { before: loadBefore, after: load() } });
  } finally {
    await confirmer.stop();
    await pipeline.stop();
  }
}

/** Address results a second, or puts. */
interface Turn {
  readonly unchanged: number;
  readonly changed: number;
  readonly told: number;
  readonly puts: number;
  /** Address results of one message. */
  readonly carries: number;
}

/** A sweep in which nothing changed; one in which a port opened at every address, and one in which it closed; plain puts. */
async function takeTurn(pipeline: Pipeline, fleet: Fleet, confirmer: Confirmer, turn: number): Promise<Turn> {
  const unchanged = await sweep(pipeline, fleet, `r-unchanged-${turn}`);
  const startedAt = performance.now();
  fleet.toggle();
  const opened = await sweep(pipeline, fleet, `r-opened-${turn}`);
  fleet.toggle();
  const confirmed = confirmer.sent + fleet.addresses.length;
  const closed = await sweep(pipeline, fleet, `r-closed-${turn}`, () => confirmer.sent >= confirmed);
  const changedSeconds = opened.seconds + closed.seconds;
  // Telling people is the work of other functions: it is waited for, and counted apart.
  await pipeline.pump.drained();
  const toldSeconds = (performance.now() - startedAt) / 1_000;
  const puts = await plainPuts(pipeline, fleet.addresses, turn);
  return {
    unchanged: unchanged.addresses / unchanged.seconds,
    changed: (opened.addresses + closed.addresses) / changedSeconds,
    told: (opened.addresses + closed.addresses) / toldSeconds,
    puts: puts.addresses / puts.seconds,
    carries: unchanged.addresses / unchanged.messages,
  };
}

interface Measured {
  turns: readonly Turn[];
  counts: { confirmShards: number; alerts: number };
  memory: ReturnType<MemorySamples['report']>;
  loads: { before: number[]; after: number[] };
}

function report({ minutes, addresses }: IngestOptions, { turns, counts, memory, loads }: Measured) {
  const of = (pick: (turn: Turn) => number) => ({
    perSecond: round(median(turns.map(pick)), 1),
    slowestTenth: round(quantile(turns.map(pick), 0.1), 1),
  });
  const [unchanged, changed, puts] = [of((t) => t.unchanged), of((t) => t.changed), of((t) => t.puts)];
  return {
    bench: 'ingest',
    machine: machine(),
    loadAverage: loads,
    minutes,
    turns: turns.length,
    addresses,
    message: { task: 'high-risk ports', addressResults: turns[0]?.carries ?? null },
    unchanged,
    changed: {
      ...changed,
      what: 'sweep results in which a port opened or closed; results that confirm a closure are extra and not counted',
      changes: turns.length * 2 * addresses,
      ...counts,
      untilTold: {
        ...of((t) => t.told),
        what: 'the same, until every alert is on its way to people and every queue is empty',
      },
    },
    memory,
    peer: {
      what: 'plain conditional puts with the SDK into the same store, one an address, 16 at once, in turn with the others',
      ...puts,
      ratioOfUnchanged: round(unchanged.perSecond / puts.perSecond),
      ratioOfChanged: round(changed.perSecond / puts.perSecond),
    },
    targets: [
      atLeast('unchanged address results', unchanged.perSecond, 1_000, '/s'),
      atLeast('changed address results', changed.perSecond, 200, '/s'),
      atMost('growth of resident memory, last third over first', memory.resident.growth, FLAT, ''),
      atMost('growth of anonymous memory, last third over first', memory.anonymous.growth, FLAT, ''),
      atMost('growth of heap, last third over first', memory.heapUsed.growth, FLAT, ''),
    ],
  };
}
