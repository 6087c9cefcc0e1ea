import { IOVEC, MMSGHDR } from '../syn/constants.ts';
import type { Libc } from '../syn/libc.ts';

/** Bytes of struct sockaddr_in6, the larger of the two. */
const NAME = 28;
/** Longest datagram read; the rest of a longer one is cut off. */
const STRIDE = 2_048;
/** Control messages with one error and its sender: 16 of header, 16 of the error, 28 of an address, and room. */
const CONTROL = 128;

/** Places for `count` datagrams with their addresses and control messages, in the form sendmmsg and recvmmsg want. */
export class Datagrams {
  readonly count: number;
  readonly headers: Buffer;
  readonly names: Buffer;
  readonly bytes: Buffer;
  readonly controls: Buffer;
  readonly #vectors: Buffer;

  constructor(libc: Libc, count: number) {
    this.count = count;
    this.headers = Buffer.alloc(count * MMSGHDR);
    this.names = Buffer.alloc(count * NAME);
    this.bytes = Buffer.alloc(count * STRIDE);
    this.controls = Buffer.alloc(count * CONTROL);
    this.#vectors = Buffer.alloc(count * IOVEC);
    for (let i = 0; i < count; i += 1) {
      const at = i * MMSGHDR;
      this.#vectors.writeBigUInt64LE(libc.addressOf(this.bytes) + BigInt(i * STRIDE), i * IOVEC);
      this.headers.writeBigUInt64LE(libc.addressOf(this.names) + BigInt(i * NAME), at);
      this.headers.writeBigUInt64LE(libc.addressOf(this.#vectors) + BigInt(i * IOVEC), at + 16);
      this.headers.writeBigUInt64LE(1n, at + 24);
      this.headers.writeBigUInt64LE(libc.addressOf(this.controls) + BigInt(i * CONTROL), at + 32);
    }
    this.ready();
  }

  /** Before each recvmmsg: it writes what it used over what there is. */
  ready(): void {
    for (let i = 0; i < this.count; i += 1) {
      this.headers.writeUInt32LE(NAME, i * MMSGHDR + 8);
      this.headers.writeBigUInt64LE(BigInt(CONTROL), i * MMSGHDR + 40);
      this.#vectors.writeBigUInt64LE(BigInt(STRIDE), i * IOVEC + 8);
    }
  }

  /** Puts the one datagram to be sent in the first place. @throws RangeError when it is too long. */
  put(name: Uint8Array, bytes: Uint8Array): void {
    if (bytes.length > STRIDE) throw new RangeError(`a datagram of ${bytes.length} bytes is longer than ${STRIDE}`);
    this.names.set(name);
    this.bytes.set(bytes);
    this.headers.writeUInt32LE(name.length, 8);
    this.headers.writeBigUInt64LE(0n, 40);
    this.#vectors.writeBigUInt64LE(BigInt(bytes.length), 8);
  }

  /** A copy of the i-th received datagram. */
  received(i: number): Uint8Array {
    const length = this.headers.readUInt32LE(i * MMSGHDR + 56);
    return Uint8Array.from(this.bytes.subarray(i * STRIDE, i * STRIDE + Math.min(length, STRIDE)));
  }

  name(i: number): Buffer {
    return this.names.subarray(i * NAME, (i + 1) * NAME);
  }

  control(i: number): Buffer {
    const used = Number(this.headers.readBigUInt64LE(i * MMSGHDR + 40));
    return this.controls.subarray(i * CONTROL, i * CONTROL + Math.min(used, CONTROL));
  }
}
