import { EVENT_LOOP_LAG, pauseMs } from '../../../core/scanning/outcomes.ts';
import { Pacer } from '../../../core/scanning/pacing.ts';
import { RECEIVE_DROPS } from '../../../core/scanning/udp/udp-target.ts';
import type { EngineEvent, ScanJob } from '../engine.ts';
import type { Gathered } from './gathered.ts';
import type { UdpHost } from './udp-host.ts';
import type { Hears, UdpSocket } from './udp-socket.ts';

/** Between two looks at the sockets: what a round trip time may be wrong by. */
const TICK_MS = 2;
/** Between two looks at what is overdue. */
const EXPIRE_MS = 10;
/** Datagrams sent before the sockets are read again. */
const TURN = 192;
/** Lateness above which the rate is lowered. Silence counts nevertheless: what came meanwhile waits in the socket and is read before anything expires. */
const LAG_MS = 100;
const PROGRESS_MS = 1_000;
/** Bursts are 50 ms worth of the rate, as everywhere. */
const BURST_PART = 20;

/** No room in this machine's queues, or ICMP errors about other datagrams in the way: both pass. Every other error of a send is about its destination. */
const SHORTAGES: ReadonlySet<string> = new Set(['ENOBUFS', 'ENOMEM', 'EAGAIN', 'ECONNREFUSED']);

export interface UdpSweepOptions {
  readonly job: ScanJob;
  readonly hosts: readonly UdpHost[];
  readonly gathered: Gathered;
  /** One for each family among the hosts. */
  readonly sockets: ReadonlyMap<4 | 6, UdpSocket>;
  readonly emit: (event: EngineEvent) => void;
}

/** One run of the UDP engine: sends, reads, expires. Ends with a `done` event. */
export class UdpSweep {
  readonly #options: UdpSweepOptions;
  readonly #hosts: ReadonlyMap<string, UdpHost>;
  readonly #sockets: readonly UdpSocket[];
  readonly #pacer: Pacer;
  readonly #planned: number;
  #active: UdpHost[];
  #timer: NodeJS.Timeout;
  #turn = 0;
  #sent = 0;
  #sentBefore = 0;
  #progressAt: number;
  #dueAt: number;
  #expireAt = 0;
  #voidUntil = 0;
  #pausedUntil = 0;
  #faultsInRow = 0;
  #stopping = false;
  #ended = false;

  constructor(options: UdpSweepOptions) {
    const now = performance.now();
    const { job, hosts } = options;
    this.#options = options;
    this.#hosts = new Map(hosts.map((host) => [host.key, host]));
    this.#sockets = [...options.sockets.values()];
    this.#active = [...hosts];
    this.#planned = hosts.reduce((sum, host) => sum + host.ports.length, 0) * job.tries;
    this.#pacer = new Pacer(job.rate, now, { shared: job.shared });
    this.#progressAt = now;
    this.#dueAt = now;
    this.#timer = setTimeout(() => this.#tick(), 0);
  }

  /** Sends nothing more; what is in flight still counts, each within its time limit. */
  stop(): void {
    this.#stopping = true;
    for (const { target } of this.#active) target.stop();
  }

  /** Drops everything at once, without a `done` event. */
  abandon(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    const late = now - this.#dueAt;
    this.#watch(now, late);
    for (const socket of this.#sockets) {
      // Something that is overdue may be among what was not read yet.
      if (!socket.drain(this.#hears(socket, now))) this.#voidUntil = Math.max(this.#voidUntil, now + 1);
    }
    if (now >= this.#expireAt) {
      this.#expireAt = now + EXPIRE_MS;
      for (const { target } of this.#active) target.expire(now, now < this.#voidUntil);
      this.#active = this.#active.filter(({ target }) => !target.finished);
      this.#pacer.tick(now);
    }
    if (!this.#stopping && now >= this.#pausedUntil) this.#launch(now);
    this.#report(now);
    if (this.#active.length === 0) {
      this.#finish();
      return;
    }
    this.#dueAt = performance.now() + TICK_MS;
    this.#timer = setTimeout(() => this.#tick(), TICK_MS);
  }

  #watch(now: number, late: number): void {
    const drops = this.#sockets.reduce((sum, socket) => sum + socket.drops(), 0);
    if (drops > 0) {
      this.#voidUntil = now + this.#options.job.timeoutMs;
      this.#pacer.slowDown(0.5);
      this.#lost(RECEIVE_DROPS);
    } else if (late > LAG_MS) {
      this.#pacer.ease(0.7);
      this.#lost(EVENT_LOOP_LAG);
    }
  }

  #lost(reason: string): void {
    this.#options.emit({ kind: 'loss', reason, pace: Math.round(this.#pacer.pace) });
  }

  #hears(socket: UdpSocket, now: number): Hears {
    return {
      answered: (from, port, datagram) => {
        const host = this.#hosts.get(from);
        // A machine with several addresses asks one of them from another.
        if (host === undefined && port === socket.port) {
          for (const each of this.#active) each.isOwn(port, datagram);
        }
        if (host === undefined || host.target.finished) return;
        this.#pacer.answered();
        if (host.heard(port, socket.port, datagram, now)) this.#stopHost(host);
      },
      refused: (to, port, refusal, sender) => {
        const host = this.#hosts.get(to);
        if (host === undefined || host.target.finished) return;
        this.#pacer.answered();
        host.refused(port, refusal, sender, now);
      },
    };
  }

  #stopHost(host: UdpHost): void {
    host.target.stop();
    const { opened, launches } = host.target.guard ?? { opened: 0, launches: 0 };
    const reason = `everything-open: ${opened} of ${launches} ports`;
    this.#options.emit({ kind: 'stopped', address: host.address, reason });
  }

  #launch(now: number): void {
    const most = Math.max(1, Math.floor(this.#options.job.rate / BURST_PART));
    let [sent, idle] = [0, 0];
    while (sent < TURN && idle < this.#active.length && this.#pacer.mayLaunch(now)) {
      this.#turn = (this.#turn + 1) % this.#active.length;
      const host = this.#active[this.#turn];
      const room = Math.floor(host?.bucket?.available(now) ?? most);
      const indexes = host === undefined || room < 1 ? [] : host.target.next(now, Math.min(most, room));
      if (host === undefined || indexes.length === 0) {
        idle += 1;
        continue;
      }
      idle = 0;
      sent += indexes.length;
      // A group goes out as one, its control included; what it took too much is made up for before the next.
      for (const index of indexes) if (!this.#send(host, index, now)) return;
    }
  }

  #send(host: UdpHost, index: number, now: number): boolean {
    host.bucket?.take();
    this.#pacer.launched();
    this.#sent += 1;
    const socket = this.#options.sockets.get(host.family);
    const code = socket?.send(host.bytes, host.ports[index] ?? 0, host.requestTo(index)) ?? null;
    if (code === null) {
      this.#faultsInRow = 0;
      return true;
    }
    const shortage = SHORTAGES.has(code);
    host.target.failed(index, code, shortage);
    if (!shortage) return false;
    this.#faultsInRow += 1;
    this.#pausedUntil = now + pauseMs(this.#faultsInRow);
    this.#pacer.slowDown(0.5);
    this.#lost(code);
    return false;
  }

  #report(now: number): void {
    this.#flush();
    const elapsed = now - this.#progressAt;
    if (elapsed < PROGRESS_MS) return;
    const rate = ((this.#sent - this.#sentBefore) * 1_000) / elapsed;
    this.#options.emit({ kind: 'progress', done: this.#sent, total: Math.max(this.#planned, this.#sent), rate });
    this.#progressAt = now;
    this.#sentBefore = this.#sent;
  }

  #flush(): void {
    const observations = this.#options.gathered.take();
    if (observations.length > 0) this.#options.emit({ kind: 'observations', observations });
  }

  #finish(): void {
    if (this.#ended) return;
    this.#flush();
    this.#ended = true;
    this.#options.emit({ kind: 'done', complete: !this.#stopping, probes: this.#sent });
  }
}
