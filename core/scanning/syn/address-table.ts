/** Finds the number of a host by the 32-bit words of its address (one of IPv4, four of IPv6). Open addressing over flat arrays: no object a host. */
export class AddressTable {
  readonly #words: 1 | 4;
  readonly #addresses: Int32Array;
  /** Host number + 1; 0 is free. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  #count = 0;

  constructor(hosts: number, words: 1 | 4) {
    this.#words = words;
    this.#addresses = new Int32Array(hosts * words);
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, hosts * 2)));
    this.#slots = new Int32Array(size);
    this.#mask = size - 1;
  }

  /** The next number goes to this address. */
  add(words: ArrayLike<number>): void {
    const host = this.#count;
    this.#count += 1;
    for (let i = 0; i < this.#words; i += 1) this.#addresses[host * this.#words + i] = words[i] ?? 0;
    let slot = this.#hash(words);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = host + 1;
  }

  /** -1 when it is not one of them. */
  find(words: ArrayLike<number>): number {
    for (let slot = this.#hash(words); ; slot = (slot + 1) & this.#mask) {
      const host = (this.#slots[slot] ?? 0) - 1;
      if (host === -1 || this.#is(host, words)) return host;
    }
  }

  #is(host: number, words: ArrayLike<number>): boolean {
    for (let i = 0; i < this.#words; i += 1) {
      if (this.#addresses[host * this.#words + i] !== ((words[i] ?? 0) | 0)) return false;
    }
    return true;
  }

  #hash(words: ArrayLike<number>): number {
    let hash = 0;
    for (let i = 0; i < this.#words; i += 1) {
      hash = Math.imul(hash ^ (words[i] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash & this.#mask;
  }
}
