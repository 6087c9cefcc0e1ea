/** Scans with the udp engine in a process of its own: `udp-child.ts '{"targets","tries",...}'` prints a `UdpResult`. */
import { udpEngine } from '../../../fargate-scanner/engines/udp/udp-engine.ts';
import { aJob, runEngine } from './run-engine.ts';

export interface UdpJob {
  /** Address -> ports. */
  readonly targets: Readonly<Record<string, string>>;
  readonly tries?: number;
  readonly timeoutMs?: number;
  readonly rate?: number;
  /** Probes a second to each address. */
  readonly addressRate?: number;
}

export interface UdpResult {
  /** Address -> `state (reason)` -> ports. */
  readonly states: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Reasons of `loss` events. */
  readonly losses: readonly string[];
  readonly stopped: readonly string[];
  readonly complete: boolean;
  readonly probes: number;
}

const { targets, addressRate, ...over } = JSON.parse(process.argv[2] ?? '{}') as UdpJob;
const job = aJob(targets, { tries: 1, timeoutMs: 500, ...over });
const limited = job.targets.map((target) => ({ ...target, rate: addressRate ?? null }));
const { states, stopped, done, events } = await runEngine(udpEngine(), { ...job, targets: limited });
if (done?.kind !== 'done') throw new Error('the engine did not end');
const losses = [...new Set(events.flatMap((event) => (event.kind === 'loss' ? [event.reason] : [])))];
const result: UdpResult = { states, losses, stopped, complete: done.complete, probes: done.probes };
console.log(JSON.stringify(result));
