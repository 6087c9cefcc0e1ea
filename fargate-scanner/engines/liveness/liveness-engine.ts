import { randomBytes } from 'node:crypto';
import { messageOf } from '../../../core/errors.ts';
import type { Responders } from '../../../core/scanning/liveness/responders.ts';
import { TokenBucket, type TokenSource } from '../../../core/scanning/pacing.ts';
import type { Engine, EngineEvent, Observation, ScanJob } from '../engine.ts';
import { type Libc, loadLibc } from '../syn/libc.ts';
import { linkProofs } from './link-proofs.ts';
import { Means } from './means.ts';
import { PING_PART } from './ping-host.ts';
import { PingSweep } from './ping-sweep.ts';

/** Of the kernel, when nobody on the link has an address. */
const UNREACHED = 'EHOSTUNREACH';

export interface LivenessParts {
  /** What probes the ports. */
  readonly tcp: Engine;
  /** Of all scans of this process: who answers for whom on a link is learned over time. */
  readonly responders: Responders;
}

/**
 * Which addresses are alive: ARP or neighbour discovery on the link, ICMP echo and timestamp, and the ports of the job by another engine, all at
 * once. The first answer of an address is its `alive` event and ends the pings to it. Ports are probed all the same: they are evidence of their own.
 * ICMP errors and silence prove nothing; the ports of an address that nobody on its link has are `filtered`, whatever the port engine made of it. Pings count for the rates, not for `probes`. What of it does not work here is in `missing` of `done`.
 */
export function livenessEngine({ tcp, responders }: LivenessParts): Engine {
  return {
    name: 'liveness',
    async *scan(asked, signal) {
      const targets = asked.targets.filter(({ ports }) => !ports.isEmpty);
      if (targets.length === 0 || signal.aborted) {
        yield* tcp.scan(asked, signal);
        return;
      }
      const means = new Means(libc());
      const alive: EngineEvent[] = [];
      const unreached: Observation[] = [];
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
        for await (const event of tcp.scan(beside(asked, budget, pings), signal)) {
          if (event.kind === 'observations') {
            const { told, kept } = sorted(event.observations, pings);
            unreached.push(...kept);
            yield* alive.splice(0);
            yield { kind: 'observations', observations: told };
            continue;
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
          if (unreached.length > 0) yield { kind: 'observations', observations: withVacant(unreached, pings) };
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

/** Takes note of who answered; what could not be reached is kept until the link has had its time. */
function sorted(
  observations: readonly Observation[],
  pings: PingSweep,
): { told: Observation[]; kept: readonly Observation[] } {
  const [told, kept]: [Observation[], Observation[]] = [[], []];
  for (const seen of observations) {
    if (seen.state === 'open' || seen.state === 'closed') pings.answered(seen.address, seen.rttMs);
    (seen.state === 'unknown' && seen.reason === UNREACHED ? kept : told).push(seen);
  }
  return { told, kept };
}

/** Nobody has the address, so its ports are silent: we did not fail to look. */
function withVacant(unreached: readonly Observation[], pings: PingSweep): Observation[] {
  return unreached.map((seen) =>
    pings.isVacant(seen.address) ? { ...seen, state: 'filtered', reason: 'no-neighbour' } : seen,
  );
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

/** Pings and connections together keep to the job's rate, and to what other jobs leave. */
function budgetOf({ rate, shared }: ScanJob): TokenSource {
  const own = new TokenBucket(rate, performance.now());
  if (shared === null) return own;
  return {
    available: (now) => Math.min(own.available(now), shared.available(now)),
    take() {
      own.take();
      shared.take();
    },
  };
}

let loaded: Libc | string | null = null;

/** The C library, or why it cannot be called. Loaded once. */
function libc(): Libc | string {
  loaded ??= load();
  return loaded;
}

function load(): Libc | string {
  try {
    return loadLibc();
  } catch (thrown) {
    return messageOf(thrown);
  }
}
