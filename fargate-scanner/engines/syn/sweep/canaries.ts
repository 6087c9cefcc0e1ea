import { OPEN } from '../../../../core/scanning/syn/pair-states.ts';
import { type Hosts, SENDING } from '../hosts/hosts.ts';

/** Pairs known to answer that are kept in mind: in all, and of one host. */
const KNOWN = 4_096;
const OPEN_OF_HOST = 16;
/** Closed ports are the worse canaries: some systems limit how often they say so. */
const CLOSED_OF_HOST = 4;
/** Canaries, one after the other, whose fate makes one measurement. */
const COHORT = 64;
/** A canary comes after so many other probes, on average twice as many and at random: one in 200 probes. */
const PROBES_BETWEEN = 100;
/** At low rates more often: after so many probes and ms. */
const [SLOW_PROBES, SLOW_MS] = [50, 5];
/** Hosts that are looked at for the next canary. */
const LOOKED_AT = 64;
const GOLDEN = 0.618_034;

/** Canaries that left one after the other. */
interface Cohort {
  readonly startedAt: number;
  sent: number;
  ended: number;
  lost: number;
}

/** Probes to pairs that answered before, among the others: what of them is lost is loss, not a firewall. */
export class Canaries {
  readonly #hosts: Hosts;
  readonly #host = new Int32Array(KNOWN);
  readonly #index = new Int32Array(KNOWN);
  /** When a canary left (ms); 0: none is under way. */
  readonly #sentAt = new Float64Array(KNOWN);
  readonly #cohortOf: Cohort[] = [];
  readonly #places = new Map<number, number>();
  readonly #placesOf = new Map<number, number[]>();
  readonly #known: number[] = [];
  readonly #cohorts: Cohort[] = [];
  #next = 0;
  #random = 0;
  #lastAt = 0;
  #lastProbes = 0;
  #dueAfter = PROBES_BETWEEN;

  constructor(hosts: Hosts) {
    this.#hosts = hosts;
  }

  /** This pair has just answered. */
  learn(host: number, index: number): void {
    const { states } = this.#hosts;
    const mine = this.#placesOf.get(host);
    const most = states.get(this.#hosts.pairOf(host, index)) === OPEN ? OPEN_OF_HOST : CLOSED_OF_HOST;
    if (this.#places.size >= KNOWN || (mine?.length ?? 0) >= most) return;
    const place = this.#places.size;
    this.#places.set(this.#hosts.pairOf(host, index), place);
    this.#host[place] = host;
    this.#index[place] = index;
    if (mine !== undefined) mine.push(place);
    else {
      this.#placesOf.set(host, [place]);
      this.#known.push(host);
    }
  }

  /** The place of the next canary, or -1: not now. */
  due(now: number, probes: number): number {
    const since = probes - this.#lastProbes;
    if (since < this.#dueAfter && (since < SLOW_PROBES || now - this.#lastAt < SLOW_MS)) return -1;
    for (let looked = Math.min(LOOKED_AT, this.#known.length); looked > 0; looked -= 1) {
      this.#next = (this.#next + 1) % this.#known.length;
      const host = this.#known[this.#next] ?? 0;
      // One canary at a time for each pair.
      if (this.#hosts.phase[host] !== SENDING || this.#hosts.blockedUntil(host, now) !== 0) continue;
      const mine = this.#placesOf.get(host) ?? [];
      const free = mine.findIndex((place) => this.#sentAt[place] === 0);
      if (free === -1) continue;
      const [place = -1] = mine.splice(free, 1);
      mine.push(place);
      return place;
    }
    return -1;
  }

  hostAt(place: number): number {
    return this.#host[place] ?? -1;
  }

  indexAt(place: number): number {
    return this.#index[place] ?? -1;
  }

  sent(place: number, now: number, probes: number): void {
    const last = this.#cohorts.at(-1);
    const cohort = last === undefined || last.sent >= COHORT ? { startedAt: now, sent: 0, ended: 0, lost: 0 } : last;
    if (cohort !== last) this.#cohorts.push(cohort);
    cohort.sent += 1;
    this.#cohortOf[place] = cohort;
    this.#sentAt[place] = now;
    this.#lastAt = now;
    this.#lastProbes = probes;
    this.#random = (this.#random + GOLDEN) % 1;
    this.#dueAfter = PROBES_BETWEEN * (1 + 2 * this.#random);
  }

  heard(host: number, index: number, now: number): void {
    const place = this.#places.get(this.#hosts.pairOf(host, index));
    const at = place === undefined ? 0 : (this.#sentAt[place] ?? 0);
    if (place === undefined || at === 0) return;
    this.#hosts.roundTrips.heard(host, now - at);
    this.#end(place, false);
  }

  /** Gives up those that waited too long. The oldest cohort that has ended: when it began (ms), and the part of it that was lost (0 to 1). */
  measure(now: number): { readonly startedAt: number; readonly lost: number } | undefined {
    for (let place = 0; place < this.#places.size; place += 1) {
      const at = this.#sentAt[place] ?? 0;
      if (at !== 0 && now - at > this.#hosts.waitOf(this.hostAt(place))) this.#end(place, true);
    }
    const [oldest] = this.#cohorts;
    if (oldest === undefined || oldest.ended < COHORT) return undefined;
    this.#cohorts.shift();
    return { startedAt: oldest.startedAt, lost: oldest.lost / oldest.ended };
  }

  #end(place: number, lost: boolean): void {
    const host = this.hostAt(place);
    const cohort = this.#cohortOf[place];
    this.#sentAt[place] = 0;
    this.#hosts.loss.learn(host, 1, lost ? 1 : 0);
    if (cohort === undefined) return;
    cohort.ended += 1;
    if (lost) cohort.lost += 1;
  }
}
