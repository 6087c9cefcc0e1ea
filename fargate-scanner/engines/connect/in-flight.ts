/**
 * The connections that have been started and not answered: a fixed number of slots, linked in the order they were started, so
 * that those that may have expired are the first. Arrays of numbers: no object per probe.
 */
export class InFlight {
  readonly size: number;
  count = 0;
  /** Slot -> index of its target, index of its port in the target, launch number at the target, start (ms). */
  readonly target: Int32Array;
  readonly port: Int32Array;
  readonly sequence: Int32Array;
  readonly startedAt: Float64Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #free: Int32Array;
  #first = -1;
  #last = -1;

  constructor(size: number) {
    this.size = size;
    this.target = new Int32Array(size);
    this.port = new Int32Array(size);
    this.sequence = new Int32Array(size);
    this.startedAt = new Float64Array(size);
    this.#next = new Int32Array(size);
    this.#previous = new Int32Array(size);
    this.#free = Int32Array.from({ length: size }, (_, i) => size - 1 - i);
  }

  /** The slot started longest ago; -1 when nothing is in flight. */
  get oldest(): number {
    return this.#first;
  }

  /** The slot started after this one; -1: none. */
  after(slot: number): number {
    return this.#next[slot] ?? -1;
  }

  /** Takes a free slot; only when `count < size`. */
  add(target: number, port: number, sequence: number, now: number): number {
    const slot = this.#free[this.size - this.count - 1] ?? -1;
    this.count += 1;
    this.target[slot] = target;
    this.port[slot] = port;
    this.sequence[slot] = sequence;
    this.startedAt[slot] = now;
    this.#next[slot] = -1;
    this.#previous[slot] = this.#last;
    if (this.#last === -1) this.#first = slot;
    else this.#next[this.#last] = slot;
    this.#last = slot;
    return slot;
  }

  remove(slot: number): void {
    const previous = this.#previous[slot] ?? -1;
    const next = this.#next[slot] ?? -1;
    if (previous === -1) this.#first = next;
    else this.#next[previous] = next;
    if (next === -1) this.#last = previous;
    else this.#previous[next] = previous;
    this.count -= 1;
    this.#free[this.size - this.count - 1] = slot;
  }
}
