/** Who is in a row, each in turn. Taking one out lets the last take its place: no list is copied. */
export class Turns {
  count: number;
  readonly #members: Int32Array;
  #turn = 0;

  /** Everybody from 0 to `size` - 1 is in it. */
  constructor(size: number) {
    this.count = size;
    this.#members = Int32Array.from({ length: size }, (_, member) => member);
  }

  /** Whose turn it is now. Only when `count` is not 0. */
  next(): number {
    // Without a division: this runs once for every packet.
    this.#turn += 1;
    if (this.#turn >= this.count) this.#turn = 0;
    return this.#members[this.#turn] ?? 0;
  }

  /** Takes out the one that `next` gave last. */
  remove(): void {
    this.count -= 1;
    this.#members[this.#turn] = this.#members[this.count] ?? 0;
  }

  add(member: number): void {
    this.#members[this.count] = member;
    this.count += 1;
  }

  /** Empties the row. */
  *drain(): Generator<number> {
    for (; this.count > 0; this.count -= 1) yield this.#members[this.count - 1] ?? 0;
  }
}
