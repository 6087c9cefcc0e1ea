/** Looks who is alive in a process of its own: `liveness-child.ts '{"addresses","ports",...}'` prints a `LivenessResult`. */
import { PortSet } from '../../../core/net/port-set.ts';
import { Responders } from '../../../core/scanning/liveness/responders.ts';
import { connectEngine } from '../../../fargate-scanner/engines/connect/connect-engine.ts';
import { livenessEngine } from '../../../fargate-scanner/engines/liveness/liveness-engine.ts';

export interface LivenessJob {
  readonly addresses: readonly string[];
  readonly ports?: string;
  readonly timeoutMs?: number;
  readonly rate?: number;
  /** Probes a second to each address. */
  readonly addressRate?: number;
  readonly abortAfterMs?: number;
  /** Scans one address after the other instead of all at once. */
  readonly oneByOne?: boolean;
  /** Also tells the states of the ports. */
  readonly withStates?: boolean;
}

export interface LivenessResult {
  /** Address -> what showed that it is alive. */
  readonly alive: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
  readonly complete: boolean;
  /** Pairs that have an observation. */
  readonly observed: number;
  /** Addresses that were called alive more than once. */
  readonly twice: number;
  /** State and reason -> number of pairs. */
  readonly states?: Readonly<Record<string, number>>;
}

const job = JSON.parse(process.argv[2] ?? '{}') as LivenessJob;
const { ports = '22,80', timeoutMs = 600, rate = 5_000 } = job;
const engine = livenessEngine({ tcp: connectEngine(), responders: new Responders() });
const alive: Record<string, string> = {};
const missing = new Set<string>();
const states: Record<string, number> = {};
let [complete, observed, twice] = [true, 0, 0];
for (const addresses of job.oneByOne === true ? job.addresses.map((one) => [one]) : [job.addresses]) {
  const targets = addresses.map((address) => ({ address, ports: PortSet.parse(ports), rate: job.addressRate ?? null }));
  const stopping = new AbortController();
  if (job.abortAfterMs !== undefined) setTimeout(() => stopping.abort(), job.abortAfterMs);
  const scan = engine.scan({ targets, tries: 1, timeoutMs, rate, shared: null, seed: 7 }, stopping.signal);
  for await (const event of scan) {
    if (event.kind === 'alive') {
      if (alive[event.address] !== undefined) twice += 1;
      alive[event.address] = event.how;
    } else if (event.kind === 'observations') {
      for (const { ports: some, state, reason } of event.observations) {
        observed += some.length;
        states[`${state} (${reason})`] = (states[`${state} (${reason})`] ?? 0) + some.length;
      }
    } else if (event.kind === 'done') {
      complete &&= event.complete;
      for (const sentence of event.missing ?? []) missing.add(sentence);
    }
  }
}
const result: LivenessResult = {
  alive,
  missing: [...missing],
  complete,
  observed,
  twice,
  ...(job.withStates === true && { states }),
};
console.log(JSON.stringify(result));
