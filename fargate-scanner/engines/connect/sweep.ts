import {
  EVENT_LOOP_LAG,
  NEIGHBOURS_FULL,
  outcomeOf,
  pauseMs,
  SELF_CONNECT,
  TIMED_OUT,
} from '../../../core/scanning/outcomes.ts';
import { safeTimeout } from '../../../core/scanning/limits.ts';
import { Pacer, type TokenSource } from '../../../core/scanning/pacing.ts';
import { RoundTrips } from '../../../core/scanning/round-trips.ts';
import type { EngineEvent, ScanJob } from '../engine.ts';
import { clock } from '../clock.ts';
import type { Dialer, MakeDialer } from './dialer.ts';
import type { SweepPart } from './divide.ts';
import { InFlight } from './in-flight.ts';
import { LossWatch } from './loss-watch.ts';
import { makeQueues } from './make-queues.ts';
import { type NeighbourFacts, NeighbourWatch } from './neighbour-watch.ts';
import { Outbox } from './outbox.ts';
import type { TargetQueue } from './target-queue.ts';

const TICK_MS = 10;
/** Connections started before the event loop gets its turn: with more, answers wait longer, caches run cold, and libuv's batches of epoll changes (256) overflow. Measured: 128-192 is best. */
const TURN = 192;
/** Lateness of a tick above which the rate is lowered, and the part of the time limit above which silence does not count. */
const LAG_MS = 100;
const LAG_PART = 0.2;
/** Least time between two halvings of the rate for want of room for neighbours, and probes a second that need none: Linux keeps each of 1,024 for half a minute. */
const FEWER_MS = 1_000;
const FEWEST_NEIGHBOURS = 30;

export interface SweepOptions {
  readonly job: Pick<ScanJob, 'tries' | 'timeoutMs' | 'rate' | 'seed'>;
  readonly parts: readonly SweepPart[];
  /** Sockets in flight at most. */
  readonly window: number;
  /** Pace (probes a second) to start with when a sweep before this one proved it; 0: slow start. */
  readonly startRate: number;
  /** How many sweeps do the job together. */
  readonly sweeps: number;
  /** Tokens (by the time of `clock.ts`) of the job's rate when several sweeps share it, and those that other jobs take from too. */
  readonly cap: TokenSource | null;
  readonly shared: TokenSource | null;
  readonly makeDialer: MakeDialer;
  /** Default: the kernel's counters. */
  readonly neighbours?: NeighbourFacts;
  readonly emit: (event: EngineEvent) => void;
}

/** What one event loop does of a job of the connect engine: launches, collects, expires, tries again. Ends with a `done` event. */
export class Sweep {
  readonly #timeoutMs: number;
  readonly #emit: (event: EngineEvent) => void;
  readonly #dialer: Dialer;
  readonly #flight: InFlight;
  readonly #targets: TargetQueue[];
  readonly #pacer: Pacer;
  readonly #loss: LossWatch;
  readonly #neighbours: NeighbourWatch;
  readonly #trips: RoundTrips;
  readonly #total: number;
  readonly #timer: NodeJS.Timeout;
  readonly #maxWindow: number;
  #window: number;
  #active: number[];
  #turn = 0;
  readonly #outbox: Outbox;
  #probes = 0;
  #dueAt: number;
  #pausedUntil = 0;
  #fewerAt = 0;
  #faultsInRow = 0;
  #scheduled = false;
  #stopping = false;
  #ended = false;

  constructor(options: SweepOptions) {
    const now = clock();
    const { job, parts, sweeps } = options;
    this.#timeoutMs = safeTimeout(job.timeoutMs);
    this.#emit = options.emit;
    this.#outbox = new Outbox(options.emit, now);
    this.#dialer = options.makeDialer((slot, code, from) => this.#answered(slot, code, from));
    this.#maxWindow = options.window;
    this.#window = options.window;
    this.#flight = new InFlight(options.window);
    const addresses = parts.map(({ address }) => address);
    this.#neighbours = new NeighbourWatch(addresses, now, options.neighbours);
    this.#trips = new RoundTrips(addresses, this.#timeoutMs);
    this.#targets = makeQueues(parts, { ...job, timeoutMs: this.#timeoutMs }, () => this.#outbox.batch);
    this.#active = [...this.#targets.keys()];
    this.#total = this.#targets.reduce((sum, target) => sum + target.ports.length, 0) * job.tries;
    const { cap, shared, startRate } = options;
    this.#pacer = new Pacer(job.rate, now, { ...(cap !== null && { cap }), shared, startRate, part: 1 / sweeps });
    this.#loss = new LossWatch(now);
    this.#dueAt = now + TICK_MS;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#schedule();
  }

  /** Probes a second that proved right so far. */
  get pace(): number {
    return this.#pacer.pace;
  }

  /** Launches nothing more; the probes in flight still end, each within its time limit. */
  stop(): void {
    this.#stopping = true;
    this.#schedule();
  }

  /** Launches nothing more at the address of this part. */
  stopTarget(part: number): void {
    this.#targets[part]?.stop();
    this.#schedule();
  }

  /** Drops everything at once, without a `done` event. */
  abandon(): void {
    if (!this.#ended) this.#close();
  }

  #tick(): void {
    const now = clock();
    const late = now - this.#dueAt;
    this.#dueAt = now + TICK_MS;
    // Timers run before sockets are read. What was answered while the loop was late is read first; only then silence is silence.
    setImmediate(() => {
      if (this.#ended) return;
      if (this.#neighbours.tick(now)) this.#meetFewer(now);
      this.#expire(now, late > this.#timeoutMs * LAG_PART);
      this.#pacer.tick(now);
      if (late > LAG_MS) this.#ease();
      if (now > this.#pausedUntil && this.#window < this.#maxWindow) this.#window += 1;
      if (this.#loss.tick(now)) this.#slowDown(0.5, 'lost-syn');
      this.#schedule();
      this.#outbox.flush();
      this.#outbox.progress(this.#probes, this.#total, now);
      this.#finishIfDone();
    });
  }

  #ease(): void {
    this.#pacer.ease(0.7);
    this.#emit({ kind: 'loss', reason: EVENT_LOOP_LAG, pace: Math.round(this.#pacer.pace) });
  }

  /** What was in flight when the rate was halved is lost too: to halve it again for that would help nobody. */
  #meetFewer(now: number): void {
    if (now < this.#fewerAt || this.#pacer.pace <= FEWEST_NEIGHBOURS) return;
    this.#fewerAt = now + FEWER_MS;
    this.#slowDown(0.5, NEIGHBOURS_FULL);
  }

  #slowDown(factor: number, reason: string): void {
    this.#pacer.slowDown(factor);
    this.#emit({ kind: 'loss', reason, pace: Math.round(this.#pacer.pace) });
  }

  #schedule(): void {
    if (this.#scheduled || this.#ended) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#ended) return;
      this.#launch();
      this.#finishIfDone();
    });
  }

  /** Up to `TURN` launches, taking the targets in turn; more in the next turn of the event loop. */
  #launch(): void {
    let left = TURN;
    let idle = 0;
    let now = clock();
    if (this.#stopping || now < this.#pausedUntil) return;
    while (left > 0 && idle < this.#active.length && this.#flight.count < this.#window && this.#pacer.mayLaunch(now)) {
      this.#turn = (this.#turn + 1) % this.#active.length;
      const number = this.#active[this.#turn] ?? 0;
      const target = this.#targets[number];
      const index = target?.next(now) ?? -1;
      if (target === undefined || index === -1) {
        idle += 1;
        continue;
      }
      idle = 0;
      left -= 1;
      if (!this.#dial(target, number, index, now)) return;
      if (left % 8 === 0) now = clock();
    }
    if (left === 0) this.#schedule();
  }

  #dial(target: TargetQueue, number: number, index: number, now: number): boolean {
    const slot = this.#flight.add(number, index, target.guard?.launch() ?? 0, now);
    this.#pacer.launched();
    const failure = this.#dialer.dial(slot, target.address, target.ports[index] ?? 0);
    if (failure === null) {
      this.#faultsInRow = 0;
      return true;
    }
    this.#answered(slot, failure, null);
    return outcomeOf(failure) !== 'local';
  }

  #answered(slot: number, answer: string | null, from: number | null): void {
    const flight = this.#flight;
    const index = flight.port[slot] ?? 0;
    const number = flight.target[slot] ?? 0;
    const target = this.#targets[number];
    const rtt = clock() - (flight.startedAt[slot] ?? 0);
    const sequence = flight.sequence[slot] ?? 0;
    flight.remove(slot);
    if (target === undefined) return;
    const code = from !== null && this.#metOurselves(number, from) ? SELF_CONNECT : answer;
    target.inFlight -= 1;
    const outcome = outcomeOf(code);
    if (outcome === 'local') this.#shortage(target, index, code ?? '');
    else {
      this.#probes += 1;
      if (outcome === 'open' || outcome === 'wrapped') {
        this.#heard(number, rtt);
        target.open(index, outcome === 'open' ? 'connected' : 'open-then-reset', Math.round(rtt * 100) / 100);
        if (target.guard?.sawOpen(sequence) === true) this.#stopTarget(target);
      } else if (outcome === 'closed') {
        this.#heard(number, rtt);
        target.closed(index, code ?? '');
      } else if (outcome === 'silent') target.silent(index);
      else if (outcome === 'unreachable') target.unreachable(index, code ?? '');
      else target.unknown(index, code ?? '');
    }
    if (target.inFlight === 0) target.advance(this.#stopping);
    this.#schedule();
  }

  /**
   * Whether another connection of ours may be the other end: one to the port `from`, which this one came from. When two SYNs of one machine cross,
   * both are answered and nobody listens (RFC 9293 3.5, simultaneous open). Then neither says anything.
   */
  #metOurselves(number: number, from: number): boolean {
    for (let slot = this.#flight.oldest; slot !== -1; slot = this.#flight.after(slot)) {
      const index = this.#flight.port[slot] ?? 0;
      if (this.#flight.target[slot] !== number || this.#targets[number]?.ports[index] !== from) continue;
      this.#dialer.abandon(slot);
      this.#void(slot, SELF_CONNECT);
      return true;
    }
    return false;
  }

  #heard(target: number, rtt: number): void {
    this.#pacer.answered();
    this.#loss.heard(rtt);
    this.#trips.heard(target, rtt);
  }

  /** No descriptor, no source port, no memory: not the target's fault. Fewer sockets, half the rate, a pause, and again. */
  #shortage(target: TargetQueue, index: number, reason: string): void {
    target.again(index, reason);
    if (reason === SELF_CONNECT) return;
    const now = clock();
    // One shortage fails many probes at once; it is answered once.
    if (now < this.#pausedUntil) return;
    this.#faultsInRow += 1;
    this.#window = Math.max(1, Math.min(this.#window, this.#flight.count));
    this.#pausedUntil = now + pauseMs(this.#faultsInRow);
    this.#slowDown(0.5, reason);
  }

  #stopTarget(target: TargetQueue): void {
    target.stop();
    const reason = `everything-open: ${target.guard?.opened ?? 0} of ${target.guard?.launches ?? 0} ports`;
    this.#emit({ kind: 'stopped', address: target.address, reason });
  }

  /** Ends what was started longer ago than its time limit. `late`: our own lateness may be the reason, so it does not count. */
  #expire(now: number, late: boolean): void {
    const { least } = this.#trips;
    let next = -1;
    for (let slot = this.#flight.oldest; slot !== -1; slot = next) {
      const age = now - (this.#flight.startedAt[slot] ?? 0);
      if (age < least) return;
      next = this.#flight.after(slot);
      if (age < this.#trips.limit(this.#flight.target[slot] ?? 0)) continue;
      this.#dialer.abandon(slot);
      if (this.#neighbours.voids(this.#flight.target[slot] ?? 0, this.#flight.startedAt[slot] ?? 0)) {
        this.#void(slot, NEIGHBOURS_FULL);
      } else if (late) this.#void(slot, EVENT_LOOP_LAG);
      else this.#answered(slot, TIMED_OUT, null);
    }
  }

  #void(slot: number, reason: string): void {
    const index = this.#flight.port[slot] ?? 0;
    const target = this.#targets[this.#flight.target[slot] ?? 0];
    this.#flight.remove(slot);
    if (target === undefined) return;
    target.inFlight -= 1;
    target.again(index, reason);
    target.advance(this.#stopping);
  }

  #finishIfDone(): void {
    if (this.#flight.count > 0) return;
    for (const number of this.#active) this.#targets[number]?.advance(this.#stopping);
    this.#active = this.#active.filter((number) => this.#targets[number]?.finished === false);
    if (this.#active.length > 0) return;
    const complete = !this.#stopping;
    this.#outbox.flush();
    this.#close();
    this.#emit({ kind: 'done', complete, probes: this.#probes });
  }

  #close(): void {
    this.#ended = true;
    clearInterval(this.#timer);
    this.#dialer.close();
  }
}
