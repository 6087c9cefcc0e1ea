/** Some of the hosts, in no order, as flat arrays: a set of 65,536 numbers would cost more than everything else that is known of them. */
export class HostRow {
  count = 0;
  readonly #members: Int32Array;
  /** Place of each host + 1; 0: it is not in. */
  readonly #places: Int32Array;

  constructor(hosts: number) {
    this.#members = new Int32Array(hosts);
    this.#places = new Int32Array(hosts);
  }

  /** The host at a place, 0 to `count` - 1. */
  at(place: number): number {
    return this.#members[place] ?? 0;
  }

  add(host: number): void {
    if (this.#places[host] !== 0) return;
    this.#members[this.count] = host;
    this.count += 1;
    this.#places[host] = this.count;
  }

  /** The last takes its place. */
  delete(host: number): void {
    const place = (this.#places[host] ?? 0) - 1;
    if (place === -1) return;
    this.count -= 1;
    const last = this.at(this.count);
    this.#members[place] = last;
    this.#places[last] = place + 1;
    this.#places[host] = 0;
  }
}
