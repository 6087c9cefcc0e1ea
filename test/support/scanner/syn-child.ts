/** Scans with the syn engine in a process of its own: `syn-child.ts '{"addresses","ports",...}'` prints a `SynResult`. */
import { PortSet } from '../../../core/net/port-set.ts';
import { synEngine } from '../../../fargate-scanner/engines/syn/syn-engine.ts';

export interface SynJob {
  readonly addresses: readonly string[];
  readonly ports: string;
  readonly timeoutMs?: number;
  readonly tries?: number;
  readonly rate?: number;
  /** Probes a second to each address. */
  readonly addressRate?: number;
  /** Jobs that run at once. */
  readonly jobs?: number;
  readonly abortAfterMs?: number;
  readonly kernelOnly?: boolean;
  readonly receiveBuffer?: number;
}

export interface SynResult {
  /** `address state` -> ports. */
  readonly states: Readonly<Record<string, string>>;
  readonly reasons: Readonly<Record<string, number>>;
  /** `loss` and `stopped` events, by reason. */
  readonly events: readonly string[];
  /** Pairs that were told more than once. */
  readonly twice: number;
  readonly complete: boolean;
  readonly probes: number;
  readonly drops: number;
  /** Part of the probes that was lost, by the engine's account. */
  readonly loss: number;
  /** Answers that did not fit what was sent. */
  readonly ignored: number;
}

const job = JSON.parse(process.argv[2] ?? '{}') as SynJob;
const engine = synEngine({
  kernelOnly: job.kernelOnly ?? false,
  ...(job.receiveBuffer !== undefined && { receiveBuffer: job.receiveBuffer }),
});
const states = new Map<string, number[]>();
const reasons: Record<string, number> = {};
const events = new Set<string>();
const seen = new Set<string>();
let [twice, complete, probes, drops, loss, ignored] = [0, true, 0, 0, 0, 0];

async function scan(number: number): Promise<void> {
  const targets = job.addresses.map((address) => ({
    address,
    ports: PortSet.parse(job.ports),
    rate: job.addressRate ?? null,
  }));
  const { tries = 1, timeoutMs = 400, rate = 1_000_000 } = job;
  const stopping = new AbortController();
  if (job.abortAfterMs !== undefined) setTimeout(() => stopping.abort(), job.abortAfterMs);
  for await (const event of engine.scan({ targets, tries, timeoutMs, rate, shared: null, seed: 7 }, stopping.signal)) {
    if (event.kind === 'loss' || event.kind === 'stopped') events.add(event.reason);
    if (event.kind === 'done') {
      complete &&= event.complete;
      probes += event.probes;
      drops += event.estimate?.receiveDrops ?? 0;
      loss = Math.max(loss, event.estimate?.loss ?? 0);
      ignored += event.ignored ?? 0;
    }
    if (event.kind !== 'observations') continue;
    for (const { address, ports, state, reason } of event.observations) {
      reasons[reason] = (reasons[reason] ?? 0) + ports.length;
      const known = states.get(`${address} ${state}`) ?? [];
      states.set(`${address} ${state}`, known);
      for (const port of ports) {
        known.push(port);
        const pair = `${number} ${address} ${port}`;
        if (seen.has(pair)) twice += 1;
        seen.add(pair);
      }
    }
  }
}

await Promise.all(Array.from({ length: job.jobs ?? 1 }, (_, i) => scan(i)));
const texts = [...states].map(([key, ports]) => [key, PortSet.from(ports).toString()] as const);
const result: SynResult = {
  states: Object.fromEntries(texts),
  reasons,
  events: [...events],
  twice,
  complete,
  probes,
  drops,
  loss,
  ignored,
};
console.log(JSON.stringify(result));
