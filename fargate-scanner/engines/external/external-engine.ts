import { once } from 'node:events';
import { messageOf } from '../../../core/errors.ts';
import type { Address } from '../../../core/net/address.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { TokenSource } from '../../../core/scanning/pacing.ts';
import type { Reader, Seen } from '../../formats/seen.ts';
import type { Engine, EngineEvent, Observation, ScanJob, ScanTarget } from '../engine.ts';
import { type ChildEnd, childOutput } from './child-output.ts';

/** How often the tokens that a child uses are taken from the shared ones. */
const TAKE_MS = 50;

/** One start of the other scanner: the same ports of each of its targets. */
export interface Run {
  readonly targets: readonly ScanTarget[];
  readonly command: readonly string[];
  /** Probes a second that the command allows. */
  readonly rate: number;
  readonly mostMs: number;
}

export interface External {
  /** Name and version. */
  readonly name: string;
  /** Why this scanner cannot look at this address; null when it can. */
  refusal(address: Address): string | null;
  runsOf(job: ScanJob): readonly Run[];
  reader(): Reader;
  /** Reason of the unknown state of what the output does not mention. */
  readonly unmentioned: string;
}

/** Scans of other programs go one after the other, whichever engine they are of: none of them shares a rate. */
let turn: Promise<void> = Promise.resolve();

/** An engine made of another scanner's program, started anew for each set of ports. */
export function externalEngine(external: External): Engine {
  return {
    name: external.name,
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
  const targets = job.targets.filter(({ ports }) => !ports.isEmpty);
  for (const { address } of targets) {
    const reason = external.refusal(address);
    if (reason !== null) yield { kind: 'stopped', address, reason };
  }
  const runs = external.runsOf({
    ...job,
    targets: targets.filter(({ address }) => external.refusal(address) === null),
  });
  const total = runs.reduce((sum, run) => sum + probesOf(run, job), 0);
  const startedAt = performance.now();
  let done = 0;
  let complete = true;
  for (const run of runs) {
    if (signal.aborted) break;
    complete = (yield* scanRun(external, run, job, signal)) && complete;
    done += probesOf(run, job);
    const rate = (done * 1_000) / Math.max(1, performance.now() - startedAt);
    yield { kind: 'progress', done, total, rate };
  }
  yield { kind: 'done', complete: complete && !signal.aborted, probes: done };
}

/** True when every pair has its observation, or its address was stopped. */
async function* scanRun(
  external: External,
  run: Run,
  job: ScanJob,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent, boolean> {
  const left = new Map(run.targets.map(({ address, ports }) => [address, ports]));
  const reader = external.reader();
  const stopTaking = takeTokens(job.shared, run.rate);
  const output = childOutput({ ...run, signal, graceMs: job.timeoutMs });
  let end: ChildEnd = { failure: null };
  try {
    for (let next = await output.next(); ; next = await output.next()) {
      if (next.done === true) {
        end = next.value;
        break;
      }
      const observations = reader.write(next.value).flatMap((seen) => take(seen, left, job));
      if (observations.length > 0) yield { kind: 'observations', observations };
    }
    const { seen, endedEarly } = reader.end();
    const observations = seen.flatMap((one) => take(one, left, job));
    if (observations.length > 0) yield { kind: 'observations', observations };
    if (endedEarly !== null && end.failure === null && !signal.aborted)
      end = { failure: `the output of ${external.name} ends early, at line ${endedEarly}` };
  } catch (error) {
    end = { failure: `the output of ${external.name} cannot be read: ${messageOf(error)}` };
  } finally {
    stopTaking();
    await output.return({ failure: null });
  }
  if (signal.aborted) return false;
  const rest = [...left].filter(([, ports]) => !ports.isEmpty);
  if (end.failure === null) {
    const observations = rest.map(([address, ports]) =>
      observation(address, ports, 'unknown', external.unmentioned, job.tries),
    );
    if (observations.length > 0) yield { kind: 'observations', observations };
    return true;
  }
  // Told once in full: the reasons of all addresses are joined into one text.
  for (const [index, [address]] of rest.entries())
    yield { kind: 'stopped', address, reason: index === 0 ? end.failure : `too, as ${external.name} failed` };
  return true;
}

/** The observations in what was seen, of pairs that were asked for and have none yet. */
function take(seen: Seen, left: Map<Address, PortSet>, job: ScanJob): Observation[] {
  const { address } = seen;
  let asked = left.get(address);
  if (asked === undefined) return [];
  const found: Observation[] = [];
  const word = (ports: PortSet, state: Observation['state'], reason: string, tries: number): void => {
    const fresh = ports.intersect(asked ?? PortSet.EMPTY);
    if (fresh.isEmpty) return;
    asked = (asked ?? PortSet.EMPTY).subtract(fresh);
    if (state !== 'open') found.push(observation(address, fresh, state, reason, tries));
    else for (const port of fresh) found.push(observation(address, PortSet.of(port), state, reason, tries));
  };
  word(seen.connected, 'open', 'connected', 1);
  word(seen.synAck, 'open', 'syn-ack', 1);
  word(seen.closed, 'closed', 'reset', 1);
  word(seen.silent, 'filtered', 'no-answer', job.tries);
  left.set(address, asked);
  return found;
}

function observation(
  address: Address,
  ports: PortSet,
  state: Observation['state'],
  reason: string,
  tries: number,
): Observation {
  return { address, ports: [...ports], state, reason, rttMs: null, tries };
}

function probesOf({ targets }: Run, { tries }: ScanJob): number {
  return targets.reduce((sum, { ports }) => sum + ports.size, 0) * tries;
}

/** Takes what a child may use from the tokens that others take from too, so that they leave room for it. */
function takeTokens(shared: TokenSource | null, rate: number): () => void {
  if (shared === null) return () => undefined;
  let takenTo = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const tokens = Math.floor(((now - takenTo) * rate) / 1_000);
    shared.available(now);
    for (let i = 0; i < tokens; i += 1) shared.take();
    takenTo += (tokens * 1_000) / rate;
  }, TAKE_MS);
  return () => clearInterval(timer);
}

/** Targets that one start can have: those for which `key` is the same. */
export function grouped(targets: readonly ScanTarget[], key: (target: ScanTarget) => string): ScanTarget[][] {
  const groups = new Map<string, ScanTarget[]>();
  for (const target of targets) {
    const group = groups.get(key(target));
    if (group) group.push(target);
    else groups.set(key(target), [target]);
  }
  return [...groups.values()];
}
