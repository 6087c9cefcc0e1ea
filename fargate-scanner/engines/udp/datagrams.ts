import { MOST_READ } from '../../../core/scanning/udp/probe.ts';
import { MMSGHDR } from '../sockets/constants.ts';
import type { Libc } from '../sockets/libc.ts';
import { Packets } from '../sockets/sockets.ts';

/** Bytes of struct sockaddr_in6, the larger of the two. */
const NAME = 28;
const STRIDE = MOST_READ;
/** Control messages with one error and its sender: 16 of header, 16 of the error, 28 of an address, and room. */
const CONTROL = 128;

/** Places for `count` datagrams with their addresses and control messages, in the form sendmmsg and recvmmsg want. */
export class Datagrams {
  readonly count: number;
  readonly headers: Buffer;
  readonly #packets: Packets;
  readonly #controls: Buffer;

  constructor(libc: Libc, count: number) {
    this.count = count;
    this.#packets = new Packets(libc, count, STRIDE, NAME);
    this.headers = this.#packets.headers;
    this.#controls = Buffer.alloc(count * CONTROL);
    const controls = libc.addressOf(this.#controls);
    for (let i = 0; i < count; i += 1) {
      this.headers.writeBigUInt64LE(controls + BigInt(i * CONTROL), i * MMSGHDR + 32);
    }
    this.ready();
  }

  /** Before each recvmmsg: it writes what it used over what there is. */
  ready(): void {
    for (let i = 0; i < this.count; i += 1) {
      this.headers.writeUInt32LE(NAME, i * MMSGHDR + 8);
      this.headers.writeBigUInt64LE(BigInt(CONTROL), i * MMSGHDR + 40);
    }
  }

  /** Puts the one datagram to be sent in the first place. @throws RangeError when it is too long. */
  put(name: Uint8Array, bytes: Uint8Array): void {
    if (bytes.length > STRIDE) throw new RangeError(`a datagram of ${bytes.length} bytes is longer than ${STRIDE}`);
    this.#packets.names.set(name);
    this.#packets.bytes.set(bytes);
    this.#packets.setLength(0, bytes.length);
    this.headers.writeUInt32LE(name.length, 8);
    this.headers.writeBigUInt64LE(0n, 40);
  }

  /** A copy of the i-th received datagram. */
  received(i: number): Uint8Array {
    const at = i * STRIDE;
    return Uint8Array.from(this.#packets.bytes.subarray(at, at + Math.min(this.#packets.lengthOf(i), STRIDE)));
  }

  name(i: number): Buffer {
    return this.#packets.names.subarray(i * NAME, (i + 1) * NAME);
  }

  control(i: number): Buffer {
    const used = Number(this.headers.readBigUInt64LE(i * MMSGHDR + 40));
    return this.#controls.subarray(i * CONTROL, i * CONTROL + Math.min(used, CONTROL));
  }
}
