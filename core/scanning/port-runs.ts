/** Ascending ports as inclusive runs. The 65,535 ports of a silent host are two numbers, and a scan has thousands of such hosts. */
export class PortRuns implements Iterable<number> {
  /** First and last of each run in turn: ascending, runs apart by at least one port. */
  readonly ends: Uint16Array;
  /** How many ports there are. */
  readonly length: number;

  constructor(ends: Uint16Array) {
    this.ends = ends;
    let length = 0;
    for (let i = 0; i < ends.length; i += 2) length += (ends[i + 1] ?? 0) - (ends[i] ?? 0) + 1;
    this.length = length;
  }

  *[Symbol.iterator](): Generator<number, void> {
    for (let i = 0; i < this.ends.length; i += 2) {
      const last = this.ends[i + 1] ?? 0;
      for (let port = this.ends[i] ?? 0; port <= last; port += 1) yield port;
    }
  }
}

/** Makes runs of ascending ports that come one by one. */
export class RunWriter {
  /** Room for every second port, the most runs there can be. */
  readonly #ends = new Uint16Array(65_536);
  #at = 0;

  /** `port`: greater than the one before. */
  add(port: number): void {
    const ends = this.#ends;
    if (this.#at > 0 && ends[this.#at - 1] === port - 1) ends[this.#at - 1] = port;
    else {
      ends[this.#at] = port;
      ends[this.#at + 1] = port;
      this.#at += 2;
    }
  }

  /** First and last of each run, in memory that is written again from the next `add` on. */
  take(): Uint16Array {
    const ends = this.#ends.subarray(0, this.#at);
    this.#at = 0;
    return ends;
  }
}
