import { PortSet } from '../../../core/net/port-set.ts';
import type { Engine, EngineEvent, ScanJob } from '../../../fargate-scanner/engines/engine.ts';

/** One target with the ports, or `job` as it is. */
export function aJob(targets: Readonly<Record<string, string>>, over: Partial<ScanJob> = {}): ScanJob {
  return {
    targets: Object.entries(targets).map(([address, ports]) => ({ address, ports: PortSet.parse(ports), rate: null })),
    tries: 2,
    timeoutMs: 500,
    rate: 5_000,
    shared: null,
    seed: 7,
    ...over,
  };
}

/** All events, and of each address the ports by state, as texts: `open (syn-ack)` -> `22,80`. */
export async function runEngine(engine: Engine, job: ScanJob, signal = new AbortController().signal) {
  const events: EngineEvent[] = [];
  const states = new Map<string, Map<string, PortSet>>();
  for await (const event of engine.scan(job, signal)) {
    events.push(event);
    if (event.kind !== 'observations') continue;
    for (const { address, ports, state, reason } of event.observations) {
      const of = states.get(address) ?? new Map<string, PortSet>();
      const key = `${state} (${reason})`;
      states.set(address, of.set(key, (of.get(key) ?? PortSet.EMPTY).union(PortSet.from(ports))));
    }
  }
  const texts = Object.fromEntries(
    [...states].map(([address, of]) => [
      address,
      Object.fromEntries([...of].map(([state, ports]) => [state, ports.toString()])),
    ]),
  );
  const stopped = events.flatMap((event) => (event.kind === 'stopped' ? [`${event.address} ${event.reason}`] : []));
  return { events, states: texts, stopped, done: events.at(-1) };
}
