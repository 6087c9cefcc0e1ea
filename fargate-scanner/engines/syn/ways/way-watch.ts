import type { NextHop, Way, Ways } from './ways.ts';

/** How often the ways are looked at (ms), and how many neighbours each time. */
const LOOK_MS = 100;
const NEIGHBOURS_AT_ONCE = 64;

export interface WayEvents {
  /** Nothing goes this way any more. */
  lost(isIt: (way: Way) => boolean, reason: string): void;
  /** What went this way lately may not have arrived. */
  disturbed(isIt: (way: Way) => boolean): void;
}

/** Looks whether interfaces and neighbours are still what they were when the scan began: where not, silence says nothing about ports. */
export class WayWatch {
  readonly #ways: Ways;
  readonly #events: WayEvents;
  /** Interface -> how often it had lost its carrier; null: it is down. */
  readonly #links = new Map<number, number | null>();
  /** Neighbours whose address was known once. */
  readonly #hops: NextHop[] = [];
  #next = 0;
  #lookedAt = 0;

  constructor(ways: Ways, events: WayEvents) {
    this.#ways = ways;
    this.#events = events;
  }

  addHop(hop: NextHop): void {
    this.#hops.push(hop);
  }

  isUp(link: number): boolean {
    const known = this.#links.get(link);
    if (known !== undefined) return known !== null;
    const { up, losses } = this.#ways.stateOf(link);
    this.#links.set(link, up ? losses : null);
    return up;
  }

  /** Does nothing when the last look was a moment ago. */
  look(now: number): void {
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    for (const [link, losses] of this.#links) if (losses !== null) this.#lookAtLink(link, losses);
    for (let i = Math.min(NEIGHBOURS_AT_ONCE, this.#hops.length); i > 0; i -= 1) {
      this.#next = (this.#next + 1) % this.#hops.length;
      const hop = this.#hops[this.#next];
      if (hop !== undefined && !this.#isKnown(hop)) this.#hops.splice(this.#next, 1);
    }
  }

  #lookAtLink(link: number, losses: number): void {
    const state = this.#ways.stateOf(link);
    const isIt = (way: Way): boolean => way.link === link;
    this.#links.set(link, state.up ? state.losses : null);
    if (!state.up) this.#events.lost(isIt, 'ENETDOWN');
    else if (state.losses !== losses) this.#events.disturbed(isIt);
  }

  /** False: the kernel asked for it in vain. It may have been a lost packet, so it is asked for once more, like one never known. */
  #isKnown(hop: NextHop): boolean {
    const found = this.#ways.resolve(hop);
    if (found !== 'changed' && found !== 'failed') return true;
    this.#events.disturbed((way) => way.packet?.hop === hop);
    if (found === 'changed') return true;
    hop.mac = null;
    hop.asked = false;
    return false;
  }
}
