import { refusalOf, type Refusal } from '../../../../core/scanning/refusal.ts';
import { type Answer } from '../../../../core/scanning/syn/answer.ts';
import { CLOSED, OPEN, REFUSED, SILENT } from '../../../../core/scanning/syn/pair-states.ts';
import type { Canaries } from './canaries.ts';
import { ENDED, type Hosts } from '../hosts/hosts.ts';
import type { Settling } from './settle.ts';
import { stampOf } from './transmitter.ts';

/** A round trip longer than this is a timestamp that is not ours (ms). */
const LONGEST_ROUND_TRIP = 120_000;

export interface HearingEvents {
  /** Every pair of this host has its answer. */
  settled(host: number): void;
  /** Everything on this host seems to be open. */
  decoy(host: number): void;
}

/** Takes answers for what they prove, when they prove to be answers to us. */
export class Hearing {
  /** Answers about pairs of ours that are none. */
  ignored = 0;
  readonly #hosts: Hosts;
  /** Of the first pass, and of canaries. */
  readonly #ports: { readonly first: number; readonly last: number };
  readonly #settling: Settling;
  readonly #canaries: Canaries;
  readonly #events: HearingEvents;

  constructor(
    hosts: Hosts,
    ports: { readonly first: number; readonly last: number },
    settling: Settling,
    canaries: Canaries,
    events: HearingEvents,
  ) {
    this.#hosts = hosts;
    this.#ports = ports;
    this.#settling = settling;
    this.#canaries = canaries;
    this.#events = events;
  }

  heard(family: 4 | 6, answer: Answer, now: number): void {
    const { host, index } = this.#hosts.find(family, answer.address, answer.port);
    if (host === -1 || index === -1 || this.#hosts.phase[host] === ENDED) return;
    // Not an answer to us: somebody guesses, or it comes from another connection.
    if (answer.sequence !== this.#hosts.cookie(host, answer.sourcePort, answer.port)) {
      this.ignored += 1;
      return;
    }
    const rtt = answer.timestamp === 0 ? -1 : ((stampOf(now) - answer.timestamp) >>> 0) / 100;
    const rttMs = rtt < 0 || rtt > LONGEST_ROUND_TRIP ? null : rtt;
    if (answer.sourcePort === this.#ports.last) {
      if (answer.kind !== 'refused') this.#canaries.heard(host, index, now);
      return;
    }
    if (rttMs !== null) this.#hosts.roundTrips.heard(host, rttMs);
    const pass = answer.sourcePort - this.#ports.first + 1;
    const refusal = answer.kind === 'refused' ? refusalOf(family, answer.code) : null;
    if (answer.kind === 'open') this.#open(host, index, rttMs, pass);
    else if (refusal === null || refusal.state === 'closed') this.#closed(host, index, refusal === null ? pass : null);
    else this.#refused(host, index, refusal);
  }

  #open(host: number, index: number, rttMs: number | null, pass: number): void {
    const pair = this.#hosts.pairOf(host, index);
    const state = this.#hosts.states.get(pair);
    if (state === OPEN || state === REFUSED) return;
    this.#hosts.states.set(pair, OPEN);
    // Closed is not told before the host's end: something in between may have said it.
    if (state === SILENT) this.#counted(host, index, pass);
    if (this.#settling.open(host, index, rttMs, pass)) this.#events.decoy(host);
    else this.#checkEnd(host);
  }

  /** `pass` null: ICMP said so. */
  #closed(host: number, index: number, pass: number | null): void {
    const pair = this.#hosts.pairOf(host, index);
    if (this.#hosts.states.get(pair) !== SILENT) return;
    this.#hosts.states.set(pair, CLOSED);
    this.#counted(host, index, pass);
    this.#checkEnd(host);
  }

  #refused(host: number, index: number, refusal: Refusal): void {
    const pair = this.#hosts.pairOf(host, index);
    if (this.#hosts.states.get(pair) !== SILENT) return;
    this.#hosts.states.set(pair, REFUSED);
    this.#hosts.settled[host] = (this.#hosts.settled[host] ?? 0) + 1;
    if (refusal.state === 'prohibited') this.#settling.prohibited(host, index, refusal.reason);
    else this.#settling.unreachable(host, index, refusal.reason);
    this.#checkEnd(host);
  }

  /** Only TCP is asked again, and measures loss: systems send few ICMP errors a second, so that silence after one proves nothing. */
  #counted(host: number, index: number, pass: number | null): void {
    this.#hosts.settled[host] = (this.#hosts.settled[host] ?? 0) + 1;
    this.#hosts.answered[host] = (this.#hosts.answered[host] ?? 0) + 1;
    if (pass === null) return;
    if (pass === this.#hosts.pass[host]) this.#hosts.loss.heard(host);
    this.#canaries.learn(host, index);
  }

  #checkEnd(host: number): void {
    if (this.#hosts.settled[host] === this.#hosts.sizeOf(host)) this.#events.settled(host);
  }
}
