/** The time an answer needs is known after so many round trips, and well known after so many. */
const KNOWN = 3;
const WELL_KNOWN = 32;
/** What an answer may take beyond the longest round trip so far: this much more of their spread, and so many ms; and never less (ms) until it is well known. */
const SPREADS = 4;
const MORE_MS = 50;
const LEAST_MS = 200;
/** One late answer, such as a SYN-ACK that a host repeats after a second, is forgotten after some dozens that are not. */
const REMEMBERED = 0.95;

/** How long the answers of each host take, and so how long to wait for more of them. */
export class RoundTrips {
  readonly #count: Uint8Array;
  readonly #shortest: Float32Array;
  readonly #longest: Float32Array;
  readonly #timeoutMs: number;

  constructor(hosts: number, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#count = new Uint8Array(hosts);
    this.#shortest = new Float32Array(hosts).fill(Infinity);
    this.#longest = new Float32Array(hosts);
  }

  heard(host: number, ms: number): void {
    this.#count[host] = Math.min(WELL_KNOWN, (this.#count[host] ?? 0) + 1);
    this.#longest[host] = Math.max(ms, (this.#longest[host] ?? 0) * REMEMBERED);
    if (ms < (this.#shortest[host] ?? 0)) this.#shortest[host] = ms;
  }

  /** How long an answer of this host may take (ms), at most the time limit. `lossy`: packets are lost, so answers may be few and late. */
  waitOf(host: number, lossy: boolean): number {
    const count = this.#count[host] ?? 0;
    if (count < KNOWN) return this.#timeoutMs;
    const longest = this.#longest[host] ?? 0;
    const spread = Math.max(0, longest - (this.#shortest[host] ?? 0));
    const least = count < WELL_KNOWN || lossy ? LEAST_MS : 0;
    return Math.min(this.#timeoutMs, Math.max(least, longest + SPREADS * spread + MORE_MS));
  }
}
