import type { PortRange } from '../net/port-set.ts';

/** The ports of ascending, disjoint ranges by their number in the list, and back, without storing the list. */
export class PortIndex {
  readonly size: number;
  readonly #from: Uint16Array;
  readonly #to: Uint16Array;
  /** How many ports come before each range. */
  readonly #before: Uint32Array;

  constructor(ranges: readonly PortRange[]) {
    this.#from = Uint16Array.from(ranges, ([from]) => from);
    this.#to = Uint16Array.from(ranges, ([, to]) => to);
    this.#before = new Uint32Array(ranges.length);
    let size = 0;
    ranges.forEach(([from, to], i) => {
      this.#before[i] = size;
      size += to - from + 1;
    });
    this.size = size;
  }

  /** The port at `index`, 0 to size - 1. */
  portAt(index: number): number {
    let low = 0;
    let high = this.#before.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#before[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return (this.#from[low] ?? 0) + index - (this.#before[low] ?? 0);
  }

  /** The index of `from` when all ports from there up to `to` are in the list; else -1. */
  runAt(from: number, to: number): number {
    const first = this.indexOf(from);
    return first !== -1 && this.indexOf(to) === first + to - from ? first : -1;
  }

  /** The index of a port; -1 when it is not in the list. */
  indexOf(port: number): number {
    let low = 0;
    let high = this.#from.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const from = this.#from[middle] ?? 0;
      if (port < from) high = middle - 1;
      else if (port > (this.#to[middle] ?? 0)) low = middle + 1;
      else return (this.#before[middle] ?? 0) + port - from;
    }
    return -1;
  }
}
