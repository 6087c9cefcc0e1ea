/** So many addresses that one neighbour answers for and that show no other life are believed; one more, and it answers for others. */
const MOST_SILENT = 4;
/** How long an answer is remembered (ms): shards of one task run come within this time. */
const REMEMBERED_MS = 60 * 60_000;
const MOST_RESPONDERS = 4_096;

/**
 * Tells hosts from proxies by whom they answer for. A router with proxy ARP (and that of a VPC) answers for a whole subnet, so its answer
 * says nothing of the address asked for. A host has few addresses that answer nothing else. `who`: an Ethernet address and a family. Times: milliseconds of a monotonic clock.
 */
export class Responders {
  /** Neighbour -> silent addresses it answered for -> when; the latest last, never more than MOST_SILENT + 1. */
  readonly #silent = new Map<string, Map<string, number>>();

  /** It answered for an address that showed no other life. */
  heard(who: string, address: string, now: number): void {
    const known = this.#silent.get(who) ?? new Map<string, number>();
    for (const [before, at] of known) if (now - at >= REMEMBERED_MS) known.delete(before);
    known.delete(address);
    known.set(address, now);
    for (const oldest of known.keys()) {
      if (known.size <= MOST_SILENT + 1) break;
      known.delete(oldest);
    }
    // To the end: the least recently heard is forgotten first.
    this.#silent.delete(who);
    this.#silent.set(who, known);
    for (const first of this.#silent.keys()) {
      if (this.#silent.size <= MOST_RESPONDERS) break;
      this.#silent.delete(first);
    }
  }

  /** The address answered by itself: it is no sign of a proxy. */
  lives(who: string, address: string): void {
    this.#silent.get(who)?.delete(address);
  }

  /** Whether its answer for an address proves that the address is alive. */
  proves(who: string): boolean {
    return (this.#silent.get(who)?.size ?? 0) <= MOST_SILENT;
  }
}
