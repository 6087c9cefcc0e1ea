/** Bytes of an Ethernet header, and of a SYN after it: IP header, TCP header, 16 bytes of options. */
export const ETHERNET = 14;
const TCP = 36;
const HEADER = { 4: 20, 6: 40 } as const;
export const SYN_BYTES = { 4: HEADER[4] + TCP, 6: HEADER[6] + TCP } as const;

const WINDOW = 64_240;
/** Low byte of 0x6002: SYN. Data offset 9 words. */
const OFFSET_AND_FLAGS = 0x9002;
const HOP_LIMIT = 64;
const PROTOCOL_TCP = 6;
/** What every path carries: Ethernet's MTU less headers. */
const MSS = { 4: 1_460, 6: 1_440 } as const;

/**
 * SYNs of one source address: `write` fills in a whole packet with both checksums. Options as Linux sends them (MSS, SACK, timestamp), as
 * the timestamp comes back in the SYN-ACK and gives the round trip without anything being stored. Checksums (RFC 1071) start from the
 * sum of everything that never changes.
 */
export class SynWriter {
  readonly #family: 4 | 6;
  readonly #template: Uint8Array;
  readonly #ipSum: number;
  readonly #tcpSum: number;

  /** `source`: 4 or 16 bytes. */
  constructor(source: Uint8Array) {
    const family = source.length === 4 ? 4 : 6;
    this.#family = family;
    const head = HEADER[family];
    const bytes = new Uint8Array(SYN_BYTES[family]);
    const view = new DataView(bytes.buffer);
    if (family === 4) {
      bytes[0] = 0x45;
      view.setUint16(2, bytes.length);
      // Do not fragment.
      view.setUint16(6, 0x4000);
      bytes[8] = HOP_LIMIT;
      bytes[9] = PROTOCOL_TCP;
      bytes.set(source, 12);
    } else {
      bytes[0] = 0x60;
      view.setUint16(4, TCP);
      bytes[6] = PROTOCOL_TCP;
      bytes[7] = HOP_LIMIT;
      bytes.set(source, 8);
    }
    view.setUint16(head + 12, OFFSET_AND_FLAGS);
    view.setUint16(head + 14, WINDOW);
    bytes.set([2, 4, MSS[family] >> 8, MSS[family] & 255, 4, 2, 8, 10], head + 20);
    this.#template = bytes;
    this.#ipSum = family === 4 ? sumOf(bytes, 0, head) : 0;
    this.#tcpSum = sumOf(bytes, head, TCP) + sumOf(source, 0, source.length) + PROTOCOL_TCP + TCP;
  }

  /**
   * Writes a SYN at `at`. `destination`: bytes of the address from `from` on. `sequence` and `timestamp` are 32-bit words.
   */
  write(
    out: Uint8Array,
    at: number,
    destination: Uint8Array,
    from: number,
    sourcePort: number,
    port: number,
    sequence: number,
    timestamp: number,
  ): void {
    out.set(this.#template, at);
    const head = HEADER[this.#family];
    const width = this.#family === 4 ? 4 : 16;
    const to = at + head - width;
    let address = 0;
    for (let i = 0; i < width; i += 2) {
      const high = destination[from + i] ?? 0;
      const low = destination[from + i + 1] ?? 0;
      out[to + i] = high;
      out[to + i + 1] = low;
      address += (high << 8) | low;
    }
    if (this.#family === 4) put16(out, at + 10, ~fold(this.#ipSum + address));
    const tcp = at + head;
    put16(out, tcp, sourcePort);
    put16(out, tcp + 2, port);
    put16(out, tcp + 4, sequence >>> 16);
    put16(out, tcp + 6, sequence);
    put16(out, tcp + 28, timestamp >>> 16);
    put16(out, tcp + 30, timestamp);
    const changing =
      sourcePort + port + (sequence >>> 16) + (sequence & 0xffff) + (timestamp >>> 16) + (timestamp & 0xffff);
    put16(out, tcp + 16, ~fold(this.#tcpSum + address + changing));
  }
}

function put16(out: Uint8Array, at: number, value: number): void {
  out[at] = (value >>> 8) & 255;
  out[at + 1] = value & 255;
}

function sumOf(bytes: Uint8Array, from: number, length: number): number {
  let sum = 0;
  for (let i = from; i < from + length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  return sum;
}

/** Ones' complement: carries come back in at the bottom. For sums below 2^32. */
function fold(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}
