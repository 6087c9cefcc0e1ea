import { randomBytes } from 'node:crypto';
import { messageOf } from '../../../core/errors.ts';
import type { Responders } from '../../../core/scanning/liveness/responders.ts';
import { NO_NEIGHBOUR } from '../../../core/scanning/outcomes.ts';
import type { TokenSource } from '../../../core/scanning/pacing.ts';
import type { Engine, EngineEvent, Observation, ScanJob, ScanTarget } from '../engine.ts';
import { budgetOf } from '../job-budget.ts';
import { type Libc, loadLibc } from '../sockets/libc.ts';
import { linkProofs } from './link-proofs.ts';
import { Means } from './means.ts';
import { PING_PART } from './ping-host.ts';
import { PingSweep } from './ping-sweep.ts';

/** Any firewall on the way may say that a port is closed. Connections do not tell it from RST. */
const OF_A_ROUTER = 'icmp-port-unreachable';

export interface LivenessParts {
  /** What probes the ports. */
  readonly tcp: Engine;
  /** Of all scans of this process: who answers for whom on a link is learned over time. */
  readonly responders: Responders;
  /** Default: that of the system. @throws when there is none */
  readonly loadLibc?: () => Libc;
}

/**
 * Which addresses are alive: ARP or neighbour discovery on the link, ICMP echo and timestamp, and the ports of the job by another engine.
 * The first answer of an address is its `alive` event and ends the pings to it. Ports are probed all the same, as evidence of their own, but for those of an
 * address that nobody on its link has: they are `filtered`. ICMP errors and silence prove nothing. Pings count for the rates, not for `probes`.
 * What of it does not work here is in `missing` of `done`.
 */
export function livenessEngine({ tcp, responders, loadLibc: load = systemLibc }: LivenessParts): Engine {
  return {
    // With the engine of the ports, since this name is in the evidence of an opening.
    name: `liveness+${tcp.name}`,
    ...(tcp.lacks !== undefined && { lacks: tcp.lacks }),
    async *scan(asked, signal) {
      const targets = asked.targets.filter(({ ports }) => !ports.isEmpty);
      if (targets.length === 0 || signal.aborted) {
        yield* tcp.scan(asked, signal);
        return;
      }
      const means = new Means(libcOr(load));
      const alive: EngineEvent[] = [];
      const budget = budgetOf(asked);
      const pings = new PingSweep({
        targets,
        means,
        tries: asked.tries,
        timeoutMs: asked.timeoutMs,
        seed: asked.seed,
        budget,
        key: randomBytes(12),
        proved: (address, how, rttMs) => alive.push({ kind: 'alive', address, how, rttMs }),
      });
      const stop = (): void => pings.stop();
      signal.addEventListener('abort', stop, { once: true });
      try {
        await pings.sought;
        const vacant = new Set(targets.filter(({ address }) => pings.isVacant(address)));
        if (vacant.size > 0) yield { kind: 'observations', observations: Array.from(vacant, noNeighbour(asked.tries)) };
        const rest = targets.filter((target) => !vacant.has(target));
        for await (const event of tcp.scan(beside({ ...asked, targets: rest }, budget, pings), signal)) {
          if (event.kind === 'observations') {
            for (const { address, state, reason, rttMs } of event.observations) {
              if (state === 'open' || (state === 'closed' && reason !== OF_A_ROUTER)) pings.answered(address, rttMs);
            }
          }
          yield* alive.splice(0);
          if (event.kind !== 'done') {
            yield event;
            continue;
          }
          await pings.quiet;
          // Cut short, nobody can say that an address answered nothing else.
          if (event.complete && !signal.aborted && pings.failure === null) {
            const proofs = await linkProofs(pings.hosts, means, responders, signal);
            for (const { host, rttMs } of proofs) pings.prove(host, 'arp', rttMs);
          }
          yield* alive.splice(0);
          const missing = [
            ...means.missing,
            ...(pings.failure === null ? [] : [`pings ended early: ${pings.failure}`]),
          ];
          yield missing.length === 0 ? event : { ...event, missing };
        }
      } finally {
        signal.removeEventListener('abort', stop);
        pings.close();
        means.close();
      }
    },
  };
}

/** Its link was asked again and again and nobody has the address: a connection would ask the same. */
function noNeighbour(tries: number): (target: ScanTarget) => Observation {
  return ({ address, ports }) => ({
    address,
    ports: [...ports],
    state: 'filtered',
    reason: NO_NEIGHBOUR,
    rttMs: null,
    tries,
  });
}

/** The job of the port engine: what is left of the rates, and pings first. */
function beside(asked: ScanJob, budget: TokenSource, pings: PingSweep): ScanJob {
  return {
    ...asked,
    targets: asked.targets.map((target) =>
      target.rate === null ? target : { ...target, rate: target.rate * (1 - PING_PART) },
    ),
    shared: {
      available: (now) => budget.available(now) - (pings.waiting ? 1 : 0),
      take: () => budget.take(),
    },
  };
}

/** The C library, or why it cannot be called. */
function libcOr(load: () => Libc): Libc | string {
  try {
    return load();
  } catch (thrown) {
    return messageOf(thrown);
  }
}

let loaded: Libc | null = null;

function systemLibc(): Libc {
  loaded ??= loadLibc();
  return loaded;
}
