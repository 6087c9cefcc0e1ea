import { randomInt } from 'node:crypto';
import { messageOf } from '../../../core/errors.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { AddressRates } from '../../../core/scanning/address-rates.ts';
import { TokenBucket } from '../../../core/scanning/pacing.ts';
import type { Engine, EngineEvent, ScanJob } from '../engine.ts';
import { loadLibc } from '../sockets/libc.ts';
import { EventQueue } from '../event-queue.ts';
import { Gathered } from './gathered.ts';
import { UdpHost } from './udp-host.ts';
import { UdpSocket } from './udp-socket.ts';
import { UdpSweep } from './udp-sweep.ts';

const WORD = 2 ** 32;

/**
 * The engine that asks UDP ports, each in its own protocol where there is one (`UDP_PROBES`). `open` only on an answer, `closed` only on ICMP
 * port unreachable, `filtered` only where silence was not for want of ICMP errors. Needs Linux and koffi, and no privilege.
 */
export function udpEngine(): Engine {
  const rates = new AddressRates((rate) => new TokenBucket(rate, performance.now()));
  return {
    name: 'udp',
    lacks: ['estimate'],
    async *scan(asked, signal) {
      const job = { ...asked, targets: asked.targets.filter((target) => !target.ports.isEmpty) };
      if (job.targets.length === 0 || signal.aborted) {
        yield { kind: 'done', complete: job.targets.length === 0, probes: 0 };
        return;
      }
      const queue = new EventQueue<EngineEvent>();
      const gathered = new Gathered();
      const hosts = hostsOf(job, gathered, rates);
      const sockets = new Map<4 | 6, UdpSocket>();
      let sweep: UdpSweep | null = null;
      const stop = (): void => sweep?.stop();
      signal.addEventListener('abort', stop, { once: true });
      try {
        const asking = PortSet.fromRanges(job.targets.flatMap(({ ports }) => ports.ranges));
        const failures = open(sockets, new Set(hosts.map(({ family }) => family)), asking);
        for (const { address, family } of hosts) {
          const reason = failures.get(family);
          if (reason !== undefined) yield { kind: 'stopped', address, reason };
        }
        const reachable = hosts.filter(({ family }) => sockets.has(family));
        sweep = new UdpSweep({ job, hosts: reachable, gathered, sockets, emit: (event) => queue.put(event) });
        if (signal.aborted) sweep.stop();
        for (;;) {
          const event = await queue.next();
          yield event;
          if (event.kind === 'done') return;
        }
      } finally {
        signal.removeEventListener('abort', stop);
        sweep?.abandon();
        for (const socket of sockets.values()) socket.close();
        for (const target of job.targets) rates.giveBack(target);
      }
    },
  };
}

function hostsOf(job: ScanJob, gathered: Gathered, rates: AddressRates<TokenBucket>): UdpHost[] {
  const key = [randomInt(WORD), randomInt(WORD)] as const;
  return job.targets.map((scanned, i) => {
    const host: UdpHost = new UdpHost(scanned, key, rates.take(scanned), {
      tries: job.tries,
      timeoutMs: job.timeoutMs,
      seed: (job.seed + Math.imul(i, 0x85ebca6b)) >>> 0,
      settle: (verdict) => gathered.add(scanned.address, host.ports[verdict.index] ?? 0, verdict),
    });
    return host;
  });
}

/** One socket for each family. Returns for which there is none, and why. */
function open(
  sockets: Map<4 | 6, UdpSocket>,
  families: ReadonlySet<4 | 6>,
  avoid: PortSet,
): ReadonlyMap<4 | 6, string> {
  const failures = new Map<4 | 6, string>();
  for (const family of families) {
    try {
      sockets.set(family, new UdpSocket(loadLibc(), family, avoid));
    } catch (thrown) {
      failures.set(family, `udp-unavailable: ${messageOf(thrown)}`);
    }
  }
  return failures;
}
