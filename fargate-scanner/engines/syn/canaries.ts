import type { Hosts } from './hosts.ts';
import { ENDED } from './hosts.ts';

/** Pairs known to answer that are kept in mind. */
const KNOWN = 64;
/** Canaries whose fate makes one measurement. */
const WINDOW = 32;
/** At most one canary for so many probes, and in so many ms. */
const PROBES_BETWEEN = 50;
const MS_BETWEEN = 5;

/** Probes to pairs that answered before: what of them is lost is loss, not a firewall. */
export class Canaries {
  readonly #hosts: Hosts;
  readonly #host = new Int32Array(KNOWN).fill(-1);
  readonly #index = new Int32Array(KNOWN);
  /** When a canary left (ms); 0: none is under way. */
  readonly #sentAt = new Float64Array(KNOWN);
  #known = 0;
  #next = 0;
  #lastAt = 0;
  #lastProbes = 0;
  #ended = 0;
  #lost = 0;
  total = 0;
  totalLost = 0;

  constructor(hosts: Hosts) {
    this.#hosts = hosts;
  }

  /** This pair has just answered. */
  learn(host: number, index: number): void {
    if (this.#known >= KNOWN) return;
    this.#host[this.#known] = host;
    this.#index[this.#known] = index;
    this.#known += 1;
  }

  /** The place of the next canary, or -1: not now. */
  due(now: number, probes: number): number {
    if (this.#known === 0 || now - this.#lastAt < MS_BETWEEN) return -1;
    if (probes - this.#lastProbes < PROBES_BETWEEN) return -1;
    for (let i = 0; i < this.#known; i += 1) {
      this.#next = (this.#next + 1) % this.#known;
      const host = this.hostAt(this.#next);
      if (this.#sentAt[this.#next] !== 0 || this.#hosts.phase[host] === ENDED) continue;
      return this.#hosts.blockedUntil(host, now) === 0 ? this.#next : -1;
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
    this.#sentAt[place] = now;
    this.#lastAt = now;
    this.#lastProbes = probes;
  }

  heard(host: number, index: number, now: number): void {
    for (let place = 0; place < this.#known; place += 1) {
      if (this.#host[place] !== host || this.#index[place] !== index || this.#sentAt[place] === 0) continue;
      this.#hosts.heard(host, now - (this.#sentAt[place] ?? now));
      this.#end(place, false);
      return;
    }
  }

  /** Gives up those that waited too long. The part that was lost (0 to 1) once enough have ended; undefined before. */
  measure(now: number): number | undefined {
    for (let place = 0; place < this.#known; place += 1) {
      const at = this.#sentAt[place] ?? 0;
      if (at !== 0 && now - at > this.#hosts.waitOf(this.hostAt(place))) this.#end(place, true);
    }
    if (this.#ended < WINDOW) return undefined;
    const part = this.#lost / this.#ended;
    this.#ended = 0;
    this.#lost = 0;
    return part;
  }

  #end(place: number, lost: boolean): void {
    const host = this.hostAt(place);
    this.#sentAt[place] = 0;
    this.#ended += 1;
    this.total += 1;
    this.#hosts.canaries[host] = (this.#hosts.canaries[host] ?? 0) + 1;
    if (!lost) return;
    this.#lost += 1;
    this.totalLost += 1;
    this.#hosts.lost[host] = (this.#hosts.lost[host] ?? 0) + 1;
  }
}
