/** Numbers of state a host needs: HalfSipHash's four words after its address was taken in. */
const STATE = 4;

/**
 * Sequence numbers that only the host they were sent to can answer: HalfSipHash-2-4 (Aumasson and Bernstein, 32-bit words, 64-bit
 * key) over (address, source port, destination port). The state after the address is kept for each host, so that a packet costs
 * one word. Nothing about a probe has to be remembered: an answer must acknowledge this number plus one.
 */
export class Cookies {
  readonly #words: 1 | 4;
  readonly #states: Int32Array;
  /** The final block: length of the message in bytes in the top byte, as HalfSipHash writes it. */
  readonly #last: number;
  readonly #initial: readonly [number, number, number, number];

  /** `words`: 1 for IPv4, 4 for IPv6. */
  constructor(key: readonly [number, number], hosts: number, words: 1 | 4) {
    this.#words = words;
    this.#states = new Int32Array(hosts * STATE);
    this.#last = ((words + 1) * 4) << 24;
    this.#initial = [key[0], key[1], 0x6c796765 ^ key[0], 0x74656462 ^ key[1]];
  }

  /** Takes in the address of a host: its 32-bit words, as they are in the packet. */
  set(host: number, words: ArrayLike<number>): void {
    let [a, b, c, d] = this.#initial;
    for (let i = 0; i < this.#words; i += 1) [a, b, c, d] = absorb(a, b, c, d, words[i] ?? 0);
    this.#states.set([a, b, c, d], host * STATE);
  }

  /** The sequence number (unsigned, 32 bits) of a SYN to this host. */
  of(host: number, sourcePort: number, port: number): number {
    const at = host * STATE;
    let a = this.#states[at] ?? 0;
    let b = this.#states[at + 1] ?? 0;
    let c = this.#states[at + 2] ?? 0;
    let d = this.#states[at + 3] ?? 0;
    // Written out: this runs once for every packet sent and received.
    for (let block = 0; block < 2; block += 1) {
      const word = block === 0 ? (sourcePort << 16) | port : this.#last;
      d ^= word;
      for (let round = 0; round < 2; round += 1) {
        a = (a + b) | 0;
        b = ((b << 5) | (b >>> 27)) ^ a;
        a = (a << 16) | (a >>> 16);
        c = (c + d) | 0;
        d = ((d << 8) | (d >>> 24)) ^ c;
        a = (a + d) | 0;
        d = ((d << 7) | (d >>> 25)) ^ a;
        c = (c + b) | 0;
        b = ((b << 13) | (b >>> 19)) ^ c;
        c = (c << 16) | (c >>> 16);
      }
      a ^= word;
    }
    c ^= 0xff;
    for (let round = 0; round < 4; round += 1) {
      a = (a + b) | 0;
      b = ((b << 5) | (b >>> 27)) ^ a;
      a = (a << 16) | (a >>> 16);
      c = (c + d) | 0;
      d = ((d << 8) | (d >>> 24)) ^ c;
      a = (a + d) | 0;
      d = ((d << 7) | (d >>> 25)) ^ a;
      c = (c + b) | 0;
      b = ((b << 13) | (b >>> 19)) ^ c;
      c = (c << 16) | (c >>> 16);
    }
    return (b ^ d) >>> 0;
  }
}

function absorb(a: number, b: number, c: number, d: number, word: number): [number, number, number, number] {
  d ^= word;
  for (let round = 0; round < 2; round += 1) {
    a = (a + b) | 0;
    b = ((b << 5) | (b >>> 27)) ^ a;
    a = (a << 16) | (a >>> 16);
    c = (c + d) | 0;
    d = ((d << 8) | (d >>> 24)) ^ c;
    a = (a + d) | 0;
    d = ((d << 7) | (d >>> 25)) ^ a;
    c = (c + b) | 0;
    b = ((b << 13) | (b >>> 19)) ^ c;
    c = (c << 16) | (c >>> 16);
  }
  return [a ^ word, b, c, d];
}
