/**
 * Scans in a process of its own: `scan-child.ts '{"address","ports",...}'` prints `{ states: {state: "ports"}, reasons, events, refusedSelf }`.
 * `nofile` makes the engine believe in that many file descriptors; `times` repeats the job and adds everything up.
 */
import { PortSet } from '../../../core/net/port-set.ts';
import { connectEngine } from '../../../fargate-scanner/engines/connect/connect-engine.ts';
import type { MakeDialer } from '../../../fargate-scanner/engines/connect/dialer.ts';
import { handleDialer } from '../../../fargate-scanner/engines/connect/handle-dialer.ts';
import { netDialer } from '../../../fargate-scanner/engines/connect/net-dialer.ts';

export interface ChildJob {
  address: string;
  ports: string;
  timeoutMs?: number;
  rate?: number;
  nofile?: number;
  times?: number;
  dialer?: 'handle' | 'net';
  tries?: number;
  /** Threads of the engine; then no dialer can be chosen and self-connects are not counted. */
  threads?: number;
}

export interface ChildResult {
  states: Record<string, string>;
  reasons: Record<string, number>;
  /** `loss` and `stopped` events, by reason. */
  events: string[];
  selfConnects: number;
}

const job = JSON.parse(process.argv[2] ?? '{}') as ChildJob;
let selfConnects = 0;
const dialer = (job.dialer === 'net' ? undefined : handleDialer()) ?? netDialer;
const counting: MakeDialer = (answered) =>
  dialer((slot, code, from) => {
    if (code === 'self-connect') selfConnects += 1;
    answered(slot, code, from);
  });
const engine = connectEngine({
  ...(job.threads === undefined ? { makeDialer: counting } : { threads: job.threads }),
  ...(job.nofile !== undefined && { nofile: job.nofile }),
});

const states = new Map<string, number[]>();
const reasons: Record<string, number> = {};
const events = new Set<string>();
for (let seed = 1; seed <= (job.times ?? 1); seed += 1) {
  const scan = engine.scan(
    {
      targets: [{ address: job.address, ports: PortSet.parse(job.ports), rate: null }],
      tries: job.tries ?? 1,
      timeoutMs: job.timeoutMs ?? 1_250,
      rate: job.rate ?? 1_000_000,
      shared: null,
      seed,
    },
    new AbortController().signal,
  );
  for await (const event of scan) {
    if (event.kind === 'loss' || event.kind === 'stopped') events.add(event.reason);
    if (event.kind !== 'observations') continue;
    for (const { ports, state, reason } of event.observations) {
      reasons[reason] = (reasons[reason] ?? 0) + ports.length;
      states.set(state, [...(states.get(state) ?? []), ...ports]);
    }
  }
}

const result: ChildResult = {
  states: Object.fromEntries([...states].map(([state, ports]) => [state, PortSet.from(ports).toString()])),
  reasons,
  events: [...events],
  selfConnects,
};
console.log(JSON.stringify(result));
