import { GUARDED_PORTS, OpenGuard } from '../open-guard.ts';
import { MAX_LOCAL_FAULTS, MAX_VOIDED, TIMED_OUT } from '../outcomes.ts';
import { permutation } from '../permutation.ts';
import type { Refusal } from '../refusal.ts';
import { SecondLook } from './second-look.ts';

/** Reasons of UDP. */
const ANSWERED = 'answered';
/** The host's allowance of ICMP errors was used up whenever this port was asked: it may be closed. */
const RATE_LIMITED = 'icmp-rate-limited';
/** Something came from this port that does not answer what it was asked, or the right answer came from another port. */
const UNEXPECTED = 'unexpected-answer';
/** Answers came for which this machine had no room. */
export const RECEIVE_DROPS = 'receive-drops';

/** The final word on one port, by its index. */
export interface UdpVerdict {
  readonly index: number;
  readonly state: 'open' | 'closed' | 'filtered' | 'unknown';
  readonly reason: string;
  readonly rttMs: number | null;
  readonly tries: number;
}

export interface UdpTargetOptions {
  readonly tries: number;
  readonly timeoutMs: number;
  readonly seed: number;
  readonly settle: (verdict: UdpVerdict) => void;
}

interface Flight {
  readonly at: number;
  /** Of the open-port guard. */
  readonly sequence: number;
}

/**
 * One address of a UDP scan; ports are named by their index, times are milliseconds of a monotonic clock. First a sweep: every port as
 * often as asked, the tries of one port spread over passes. That finds all who answer. Then, if the host sends ICMP errors, the silent
 * ports are asked in groups (`Group`) until each of them was silent at a moment when the host would have refused it.
 */
export class UdpTarget {
  readonly size: number;
  /** Only on long lists, where many open ports mean a decoy. */
  readonly guard: OpenGuard | null;
  finished = false;
  readonly #options: UdpTargetOptions;
  readonly #settled: Uint8Array;
  readonly #asked: Uint8Array;
  readonly #silences: Uint8Array;
  readonly #counted: Uint8Array;
  readonly #faults: Uint8Array;
  readonly #unexpected: Uint8Array;
  readonly #flights = new Map<number, Flight>();
  readonly #again: number[] = [];
  readonly #unreachable = new Map<number, string>();
  readonly #secondLook: SecondLook;
  readonly #isSettled = (index: number): boolean => this.#settled[index] !== 0;
  #order: (index: number) => number;
  #cursor = 0;
  #pass = 1;
  #answers = 0;
  #stopped = false;

  constructor(size: number, options: UdpTargetOptions) {
    this.size = size;
    this.#options = options;
    this.#settled = new Uint8Array(size);
    this.#asked = new Uint8Array(size);
    this.#silences = new Uint8Array(size);
    this.#counted = new Uint8Array(size);
    this.#faults = new Uint8Array(size);
    this.#unexpected = new Uint8Array(size);
    this.#secondLook = new SecondLook(size, options.timeoutMs);
    this.#order = permutation(size, options.seed);
    this.guard = size >= GUARDED_PORTS ? new OpenGuard() : null;
  }

  /** The ports to be asked now, one right after the other; `most` of them, controls not counted. Empty: none, or not yet. */
  next(now: number, most: number): readonly number[] {
    if (this.#stopped || this.finished) return [];
    if (this.#secondLook.begun) return this.#secondLook.next(now, most);
    const index = this.#pick();
    if (index === -1) return [];
    this.#asked[index] = 1;
    this.#flights.set(index, { at: now, sequence: this.#pass === 1 ? (this.guard?.launch() ?? 0) : -1 });
    return [index];
  }

  #pick(): number {
    while (this.#cursor < this.size) {
      const index = this.#order(this.#cursor);
      this.#cursor += 1;
      if (this.#settled[index] === 0) return index;
    }
    return this.#again.pop() ?? -1;
  }

  /** Whether this port was asked at all: what comes from another one answers nothing. */
  asked(index: number): boolean {
    return this.#asked[index] === 1;
  }

  /** A right answer. True: this host answers on everything, and nothing more is asked. */
  answered(index: number, now: number): boolean {
    const flight = this.#take(index);
    if (this.#settled[index] !== 0) return false;
    this.#answers += 1;
    const rtt = Math.max(0.01, Math.round((now - this.#askedAt(index, flight, now)) * 100) / 100);
    this.#settle(index, 'open', ANSWERED, (this.#silences[index] ?? 0) + 1, rtt);
    return this.guard !== null && flight !== undefined && flight.sequence >= 0 && this.guard.sawOpen(flight.sequence);
  }

  /** An ICMP error about a probe to this port; `sender`: whose it is. */
  refused(index: number, refusal: Refusal, sender: string, now: number): void {
    const flight = this.#take(index);
    if (refusal.state !== 'unreachable') {
      this.#answers += 1;
      this.#secondLook.drew(index, sender, now - this.#askedAt(index, flight, now));
    }
    if (this.#settled[index] !== 0) return;
    const tries = (this.#silences[index] ?? 0) + 1;
    if (refusal.state === 'closed') this.#settle(index, 'closed', refusal.reason, tries);
    else if (refusal.state === 'prohibited') this.#settle(index, 'filtered', refusal.reason, tries);
    else {
      // A firewall may refuse one port, or the whole host may be away, or only for a moment: asked on, and decided when all is known.
      this.#unreachable.set(index, refusal.reason);
      if (flight !== undefined) this.#silences[index] = tries;
    }
  }

  /** Something came from this port that is no answer to what it was asked. It is asked on. */
  unexpected(index: number): void {
    this.#unexpected[index] = 1;
  }

  /** The probe did not leave this machine. `temporary`: it is tried again a bounded number of times. A group it was in proves nothing. */
  failed(index: number, reason: string, temporary: boolean): void {
    this.#take(index);
    this.#secondLook.broken(index, !temporary);
    if (this.#settled[index] !== 0) return;
    if (temporary) this.#retry(index, reason, MAX_LOCAL_FAULTS);
    else this.#settle(index, 'unknown', reason, (this.#silences[index] ?? 0) + 1);
  }

  /** Ends what was asked too long ago. `dropped`: answers were lost on our side, so that silence does not count. */
  expire(now: number, dropped: boolean): void {
    for (const [index, flight] of this.#flights) {
      if (flight.at + this.#options.timeoutMs > now) break;
      this.#flights.delete(index);
      if (dropped) this.#retry(index, RECEIVE_DROPS, MAX_VOIDED);
      else this.#silences[index] = (this.#silences[index] ?? 0) + 1;
    }
    const ended = this.#secondLook.end(now, this.#isSettled, dropped);
    if (ended !== null) {
      for (const index of ended.silent) this.#silence(index, ended.counts);
      this.#secondLook.sift(this.#isSettled);
    }
    this.#advance(now);
  }

  /** Nothing more is asked; what is in flight still counts. */
  stop(): void {
    this.#stopped = true;
  }

  #silence(index: number, counts: boolean): void {
    this.#silences[index] = Math.min(255, (this.#silences[index] ?? 0) + 1);
    if (!counts) return;
    this.#counted[index] = (this.#counted[index] ?? 0) + 1;
    if ((this.#counted[index] ?? 0) >= this.#options.tries) this.#filtered(index);
  }

  #advance(now: number): void {
    const look = this.#secondLook;
    if (this.finished || this.#flights.size > 0 || look.waiting) return;
    if (this.#stopped) this.#finish(true);
    else if (look.begun) {
      if (look.isOver(now)) this.#finish(true);
    } else if (this.#cursor >= this.size && this.#again.length === 0) this.#endPass(now);
  }

  #endPass(now: number): void {
    if (this.#pass < this.#options.tries && this.#settled.includes(0)) {
      this.#pass += 1;
      this.#cursor = 0;
      this.#order = permutation(this.size, this.#options.seed + this.#pass);
    } else if (!this.#secondLook.possible) this.#finish(false);
    else {
      const order = permutation(this.size, this.#options.seed);
      const all = Array.from({ length: this.size }, (_, i) => order(i));
      const silent = all.filter(
        (index) => this.#settled[index] === 0 && this.#unexpected[index] === 0 && !this.#unreachable.has(index),
      );
      this.#secondLook.begin(silent, now);
      this.#advance(now);
    }
  }

  /** Settles what is left. `early`: the ports of a host that sends ICMP errors were not all asked when it could. */
  #finish(early: boolean): void {
    this.finished = true;
    const [away] = this.#answers === 0 ? this.#unreachable.values() : [];
    for (let index = 0; index < this.size; index += 1) {
      const reason = this.#unreachable.get(index);
      if (this.#settled[index] !== 0) continue;
      if (reason !== undefined) {
        const tries = Math.max(1, this.#silences[index] ?? 1);
        this.#settle(index, this.#answers > 0 ? 'filtered' : 'unknown', reason, tries);
      } else if (this.#unexpected[index] !== 0) this.#unsure(index, UNEXPECTED);
      else if (this.#silences[index] === 0) continue;
      else if (away !== undefined) this.#unsure(index, away);
      else if (early && (this.#secondLook.possible || this.#secondLook.begun)) this.#unsure(index, RATE_LIMITED);
      else this.#filtered(index);
    }
  }

  #retry(index: number, reason: string, most: number): void {
    const faults = (this.#faults[index] ?? 0) + 1;
    this.#faults[index] = faults;
    if (faults >= most) this.#settle(index, 'unknown', reason, (this.#silences[index] ?? 0) + 1);
    else if (!this.#secondLook.begun) this.#again.push(index);
  }

  #take(index: number): Flight | undefined {
    const flight = this.#flights.get(index);
    this.#flights.delete(index);
    return flight;
  }

  /** An answer after the time limit took at least that long. */
  #askedAt(index: number, flight: Flight | undefined, now: number): number {
    return flight?.at ?? this.#secondLook.askedAt(index) ?? now - this.#options.timeoutMs;
  }

  #filtered(index: number): void {
    if (this.#unexpected[index] !== 0) this.#unsure(index, UNEXPECTED);
    else this.#settle(index, 'filtered', this.#unreachable.get(index) ?? TIMED_OUT, this.#silences[index] ?? 1);
  }

  #unsure(index: number, reason: string): void {
    this.#settle(index, 'unknown', reason, Math.max(1, this.#silences[index] ?? 1));
  }

  #settle(index: number, state: UdpVerdict['state'], reason: string, tries: number, rttMs: number | null = null): void {
    this.#settled[index] = 1;
    this.#options.settle({ index, state, reason, rttMs, tries });
  }
}
