import { Canaries } from './canaries.ts';
import { clock } from '../../clock.ts';
import { Hearing } from './hearing.ts';
import { Ears } from './ears.ts';
import { HostRow } from '../hosts/host-row.ts';
import { ENDED, Hosts, SENDING, WAITING } from '../hosts/hosts.ts';
import { BATCH } from '../ways/lane.ts';
import type { Libc } from '../../sockets/libc.ts';
import { DROP, FINISH, STOP, type WorkerJob, type WorkerMessage } from '../messages.ts';
import { Pace } from './pace.ts';
import { Passes } from './passes.ts';
import { type Post, Settling } from './settle.ts';
import { SourcePorts } from './source-ports.ts';
import { Transmitter } from './transmitter.ts';
import { Turns } from './turns.ts';

const TICK_MS = 2;
const DROPS_EVERY_MS = 20;
const FLUSH_MS = 50;
const PROGRESS_MS = 1_000;
const CONGESTION_MS = 20;
/** When so many hosts wait for the last answers of a pass they are looked at only this often (ms). */
const [MANY_WAIT, MANY_MS] = [1_024, 20];

/** One scan, from first packet to `done`, without ever giving up the thread. */
export class Sweep {
  readonly #job: WorkerJob;
  readonly #post: Post;
  readonly #hosts: Hosts;
  readonly #ports: SourcePorts;
  readonly #ears: Ears;
  readonly #transmitter: Transmitter;
  readonly #settling: Settling;
  readonly #canaries: Canaries;
  readonly #hearing: Hearing;
  readonly #pace: Pace;
  readonly #passes: Passes;
  /** Hosts that have probes to send in their pass, in turn; and those that wait for the last answers of one. */
  readonly #sending: Turns;
  readonly #waiting: HostRow;
  #left: number;
  #now: number;
  #probes = 0;
  #finishedProbes = 0;
  #drops = 0;
  #stopping = false;
  #incomplete = false;
  #launchedAt = 0;
  #tickAt = 0;
  #dropsAt = 0;
  #judgedAt = 0;
  #flushAt = 0;
  #progressAt: number;
  #progressProbes = 0;
  #congestedAt = 0;

  /** @throws SystemError EPERM without CAP_NET_RAW */
  constructor(libc: Libc, job: WorkerJob, post: Post) {
    this.#job = job;
    this.#post = post;
    this.#now = clock();
    this.#hosts = new Hosts(job);
    const families = ([4, 6] as const).filter((family) => this.#hosts.family.includes(family));
    // The last is for canaries.
    const count = Passes.most(job.tries) + 1;
    let place = job.start;
    // Every attempt looks elsewhere, from a random place on.
    const random = (): number => (place = (place + 0.618_034) % 1);
    this.#ports = new SourcePorts(libc, families, count, random);
    const { first, last } = this.#ports;
    this.#ears = new Ears(libc, families, first, last, job.receiveBuffer);
    this.#transmitter = new Transmitter(libc, this.#hosts, job.kernelOnly, clock, {
      unreachable: (host, reason) => this.#giveUp(host, reason),
      unsent: (host) => this.#takeBack(host),
      congested: () => this.#congested(),
    });
    this.#settling = new Settling(this.#hosts, job.control, post);
    this.#canaries = new Canaries(this.#hosts);
    this.#hearing = new Hearing(this.#hosts, this.#ports, this.#settling, this.#canaries, {
      settled: (host) => this.#finish(host, this.#passes.cutShort(host)),
      decoy: (host) => this.#decoy(host),
    });
    this.#passes = new Passes(this.#hosts, job);
    this.#pace = new Pace(job.rate, job.control, this.#now);
    this.#sending = new Turns(this.#hosts.count);
    this.#waiting = new HostRow(this.#hosts.count);
    this.#left = this.#hosts.count;
    this.#hosts.phase.fill(SENDING);
    this.#progressAt = this.#now;
  }

  run(): void {
    try {
      while (this.#left > 0) {
        const stop = Atomics.load(this.#job.control, STOP);
        if (stop === DROP) return;
        if (stop === FINISH && !this.#stopping) this.#stop();
        this.#turnOnce();
      }
      this.#settling.flush();
      this.#post(this.#closing());
    } finally {
      this.#transmitter.close();
      this.#ears.close();
      this.#ports.close();
    }
  }

  #turnOnce(): void {
    this.#now = clock();
    const allowed = this.#stopping ? 0 : this.#pace.allowed(this.#now);
    // A few packets at a time cost as much as many: at lower rates they leave once a millisecond.
    const worthwhile = Math.max(1, Math.min(BATCH, Math.floor(this.#pace.value / 1_000)));
    const waited = this.#now - this.#launchedAt >= 1;
    const sent = allowed >= worthwhile || (allowed > 0 && waited) ? this.#launch(Math.min(BATCH, allowed)) : 0;
    if (sent === 0) this.#ears.wait(1);
    this.#drain();
    if (this.#now - this.#tickAt < TICK_MS) return;
    this.#tickAt = this.#now;
    this.#tick();
  }

  #launch(most: number): number {
    this.#launchedAt = this.#now;
    let left = most;
    let idle = 0;
    while (left > 0 && idle < this.#sending.count) {
      const host = this.#sending.next();
      if (this.#hosts.phase[host] !== SENDING) {
        this.#sending.remove();
        continue;
      }
      if (this.#hosts.blockedUntil(host, this.#now) !== 0 || !this.#transmitter.ready(host, this.#now)) {
        idle += 1;
        continue;
      }
      idle = 0;
      const index = this.#hosts.next(host);
      if (index === -1) {
        if (this.#passes.goOn(host, this.#now)) continue;
        this.#sending.remove();
        this.#endOfPass(host);
        continue;
      }
      const pass = this.#hosts.pass[host] ?? 1;
      if (pass === 1) this.#hosts.launch(host, this.#now);
      this.#send(host, index, this.#ports.first + pass - 1);
      left -= 1;
      this.#canary();
    }
    this.#transmitter.flush();
    this.#pace.spend(most - left);
    return most - left;
  }

  #send(host: number, index: number, sourcePort: number): void {
    this.#probes += 1;
    this.#hosts.spend(host, this.#now);
    this.#transmitter.send(host, sourcePort, this.#hosts.portAt(host, index), this.#now);
  }

  #takeBack(host: number): void {
    this.#probes -= 1;
    this.#hosts.takeBack(host);
  }

  #canary(): void {
    const place = this.#canaries.due(this.#now, this.#probes);
    if (place === -1) return;
    const host = this.#canaries.hostAt(place);
    const { unproven, cursor, pass } = this.#hosts;
    if (pass[host] === 1) unproven[host] = Math.min(unproven[host] ?? 0, cursor[host] ?? 0);
    this.#send(host, this.#canaries.indexAt(place), this.#ports.last);
    this.#pace.spend(1);
    this.#canaries.sent(place, this.#now, this.#probes);
  }

  #endOfPass(host: number): void {
    this.#hosts.phase[host] = WAITING;
    this.#hosts.endedAt[host] = this.#now;
    this.#waiting.add(host);
  }

  #drain(): void {
    this.#now = clock();
    this.#ears.drain((family, answer) => this.#hearing.heard(family, answer, this.#now));
  }

  #finish(host: number, passes: number): void {
    if (this.#settling.finish(host, passes)) this.#end(host);
    else this.#decoy(host);
  }

  #decoy(host: number): void {
    this.#end(host);
    this.#post({ kind: 'stopped', target: host, reason: this.#settling.decoy(host) });
  }

  #giveUp(host: number, reason: string): void {
    if (this.#hosts.phase[host] === ENDED) return;
    this.#settling.giveUp(host, reason);
    this.#end(host);
  }

  #end(host: number): void {
    this.#hosts.phase[host] = ENDED;
    this.#waiting.delete(host);
    this.#left -= 1;
    this.#finishedProbes += this.#hosts.sizeOf(host) * this.#job.tries;
  }

  #congested(): void {
    this.#ears.wait(1);
    this.#drain();
    if (this.#now - this.#congestedAt < CONGESTION_MS) return;
    this.#congestedAt = this.#now;
    this.#slower('ENOBUFS', 0.8);
  }

  #slower(reason: string, factor: number): void {
    this.#pace.slowDown(factor);
    this.#post({ kind: 'loss', reason, pace: Math.round(this.#pace.value) });
  }

  #tick(): void {
    this.#transmitter.tick(this.#now);
    if (this.#now - this.#dropsAt >= DROPS_EVERY_MS) this.#readDrops();
    const measured = this.#canaries.measure(this.#now);
    if (measured !== undefined && this.#pace.lost(measured.lost, measured.startedAt, this.#now)) {
      this.#post({ kind: 'loss', reason: 'lost-syn', pace: Math.round(this.#pace.value) });
    }
    if (this.#waiting.count <= MANY_WAIT || this.#now - this.#judgedAt >= MANY_MS) this.#judgeWaiting();
    this.#report();
  }

  #judgeWaiting(): void {
    this.#judgedAt = this.#now;
    const due: number[] = [];
    for (let place = 0; place < this.#waiting.count; place += 1) {
      const host = this.#waiting.at(place);
      if (this.#now - (this.#hosts.endedAt[host] ?? 0) >= this.#hosts.waitOf(host)) due.push(host);
    }
    if (due.length === 0) return;
    // What is in the buffer came in time; what the kernel dropped may have been an answer.
    this.#drain();
    this.#readDrops();
    for (const host of due) if (this.#hosts.phase[host] === WAITING) this.#judge(host);
  }

  #readDrops(): void {
    this.#dropsAt = this.#now;
    const drops = this.#ears.drops();
    if (drops === 0) return;
    this.#drops += drops;
    for (let host = 0; host < this.#hosts.count; host += 1) this.#hosts.tainted[host] = 1;
    this.#slower('receive-drops', 0.7);
  }

  /** A pass of this host is over, and every answer to it that comes is here. */
  #judge(host: number): void {
    this.#waiting.delete(host);
    if (this.#stopping) {
      this.#settling.finishEarly(host, true);
      this.#end(host);
      return;
    }
    const needed = this.#passes.over(host);
    if (needed > 0) this.#finish(host, needed);
    else this.#sending.add(host);
  }

  /** Launches nothing more. What is in flight has its time, at most one time limit. */
  #stop(): void {
    this.#stopping = true;
    this.#incomplete = true;
    for (const host of this.#sending.drain()) {
      if (this.#hosts.phase[host] !== SENDING) continue;
      if ((this.#hosts.cursor[host] ?? 0) === 0 && this.#hosts.pass[host] === 1) this.#end(host);
      else this.#endOfPass(host);
    }
  }

  #report(): void {
    if (this.#now - this.#flushAt >= FLUSH_MS) {
      this.#flushAt = this.#now;
      this.#settling.flush();
    }
    const elapsed = this.#now - this.#progressAt;
    if (elapsed < PROGRESS_MS) return;
    const total = this.#hosts.pairs * this.#job.tries;
    const rate = ((this.#probes - this.#progressProbes) * 1_000) / elapsed;
    this.#post({ kind: 'progress', done: Math.min(total, Math.max(this.#probes, this.#finishedProbes)), total, rate });
    this.#progressAt = this.#now;
    this.#progressProbes = this.#probes;
  }

  #closing(): WorkerMessage {
    const { ignored } = this.#hearing;
    const counted = { complete: !this.#incomplete, probes: this.#probes, receiveDrops: this.#drops, ignored };
    return { kind: 'done', ...counted, ...this.#passes.estimate() };
  }
}
