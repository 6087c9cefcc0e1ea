/** Bytes of an Ethernet header, and of a SYN after it: IP header, TCP header, 16 bytes of options. */
export const ETHERNET = 14;
const TCP = 36;
const HEADER = { 4: 20, 6: 40 } as const;
const WORD = 4;
export const SYN_BYTES = { 4: HEADER[4] + TCP, 6: HEADER[6] + TCP } as const;

const WINDOW = 64_240;
/** Low byte of 0x6002: SYN. Data offset 9 words. */
const OFFSET_AND_FLAGS = 0x9002;
const HOP_LIMIT = 64;
const PROTOCOL_TCP = 6;
/** What every path carries: Ethernet's MTU less headers. */
const MSS = { 4: 1_460, 6: 1_440 } as const;

/**
 * SYNs of one source address. Options as Linux sends them (MSS, SACK, timestamp), as the timestamp comes back in the SYN-ACK and gives the
 * round trip without anything being stored. Everything is written as 32-bit words in the order they have in memory, and checksums are
 * added up in that order too (RFC 1071, section 2B: the sum is the same in either byte order). They start from the sum of what never
 * changes.
 */
export class SynWriter {
  readonly #family: 4 | 6;
  readonly #template: Int32Array;
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
    this.#template = new Int32Array(bytes.buffer);
    this.#ipSum = family === 4 ? sumOf(bytes.subarray(0, head)) : 0;
    const pseudo = Uint8Array.of(...source, 0, PROTOCOL_TCP, 0, TCP);
    this.#tcpSum = sumOf(bytes.subarray(head)) + sumOf(pseudo);
  }

  /** Puts what all SYNs of this source have in common at word `at`. */
  lay(out: Int32Array, at: number): void {
    out.set(this.#template, at);
  }

  /**
   * Completes a SYN at word `at`, where `lay` was called before. `destination`: words of the address, from `from` on. `sequence` and
   * `timestamp` are numbers of 32 bits.
   */
  write(
    out: Int32Array,
    at: number,
    destination: Int32Array,
    from: number,
    sourcePort: number,
    port: number,
    sequence: number,
    timestamp: number,
  ): void {
    let tcp = at + HEADER[4] / WORD;
    let address = 0;
    if (this.#family === 4) {
      const word = destination[from] ?? 0;
      out[tcp - 1] = word;
      address = halves(word);
      out[at + 2] = (this.#template[2] ?? 0) | (~fold(this.#ipSum + address) << 16);
    } else {
      tcp = at + HEADER[6] / WORD;
      for (let i = 0; i < 4; i += 1) {
        const word = destination[from + i] ?? 0;
        out[tcp - 4 + i] = word;
        address += halves(word);
      }
    }
    const ports = swapped((sourcePort << 16) | port);
    const number = swapped(sequence);
    const stamp = swapped(timestamp);
    out[tcp] = ports;
    out[tcp + 1] = number;
    out[tcp + 7] = stamp;
    out[tcp + 4] = ~fold(this.#tcpSum + address + halves(ports) + halves(number) + halves(stamp)) & 0xffff;
  }
}

/** A number of 32 bits as a word that lies in memory in network order. For machines with the low byte first, as all that koffi has builds for. */
function swapped(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

function halves(word: number): number {
  return (word & 0xffff) + (word >>> 16);
}

/** The sum of 16-bit words as they lie in memory. */
function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8);
  return sum;
}

/** Ones' complement: carries come back in at the bottom. For sums below 2^32. */
function fold(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}
