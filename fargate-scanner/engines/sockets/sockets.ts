import { getSystemErrorName } from 'node:util';
import type { Instruction } from '../../../core/scanning/bpf.ts';
import { AF_PACKET, IOVEC, MMSGHDR, SOL_SOCKET, SO_ATTACH_FILTER } from './constants.ts';
import type { Libc } from './libc.ts';

/** A call of the C library that failed. `code`: the errno's name. */
class SystemError extends Error {
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = errnoName(errno);
    super(`${call}: ${code}`);
    this.code = code;
  }
}

export function errnoName(errno: number): string {
  return getSystemErrorName(-errno);
}

/** @throws SystemError when it is negative. */
export function checked(libc: Libc, call: string, result: number): number {
  if (result < 0) throw new SystemError(call, libc.errno());
  return result;
}

export function int32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** @throws SystemError */
export function option(libc: Libc, fd: number, level: number, name: number, value: Uint8Array): void {
  checked(libc, 'setsockopt', libc.setsockopt(fd, level, name, value, value.length));
}

/** sockaddr_ll: an interface (0: all of them) and what of it is received (0: nothing). */
export function bindPacket(libc: Libc, fd: number, link: number, protocol: number): void {
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(protocol, 2);
  address.writeInt32LE(link, 4);
  checked(libc, 'bind', libc.bind(fd, address, address.length));
}

export function attachFilter(libc: Libc, fd: number, program: readonly Instruction[]): void {
  const code = Buffer.alloc(program.length * 8);
  program.forEach(([op, yes, no, k], i) => {
    code.writeUInt16LE(op, i * 8);
    code[i * 8 + 2] = yes;
    code[i * 8 + 3] = no;
    code.writeUInt32LE(k, i * 8 + 4);
  });
  const filter = Buffer.alloc(16);
  filter.writeUInt16LE(program.length, 0);
  filter.writeBigUInt64LE(libc.addressOf(code), 8);
  option(libc, fd, SOL_SOCKET, SO_ATTACH_FILTER, filter);
}

/** Packets for sendmmsg or recvmmsg: `count` buffers of `stride` bytes, the first `lead` of which are none of the packet, each with a name of `name` bytes (0: none). */
export class Packets {
  readonly bytes: Buffer;
  readonly names: Buffer;
  readonly headers: Buffer;
  readonly #vectors: Buffer;

  constructor(libc: Libc, count: number, stride: number, name: number, lead = 0) {
    this.bytes = Buffer.alloc(count * stride);
    this.names = Buffer.alloc(Math.max(1, count * name));
    this.headers = Buffer.alloc(count * MMSGHDR);
    this.#vectors = Buffer.alloc(count * IOVEC);
    const bytes = libc.addressOf(this.bytes);
    const names = libc.addressOf(this.names);
    const vectors = libc.addressOf(this.#vectors);
    for (let i = 0; i < count; i += 1) {
      this.#vectors.writeBigUInt64LE(bytes + BigInt(i * stride + lead), i * IOVEC);
      this.#vectors.writeBigUInt64LE(BigInt(stride - lead), i * IOVEC + 8);
      if (name > 0) {
        this.headers.writeBigUInt64LE(names + BigInt(i * name), i * MMSGHDR);
        this.headers.writeUInt32LE(name, i * MMSGHDR + 8);
      }
      this.headers.writeBigUInt64LE(vectors + BigInt(i * IOVEC), i * MMSGHDR + 16);
      this.headers.writeBigUInt64LE(1n, i * MMSGHDR + 24);
    }
  }

  /** The i-th packet to be sent has so many bytes, at most the stride. */
  setLength(i: number, length: number): void {
    this.#vectors.writeBigUInt64LE(BigInt(length), i * IOVEC + 8);
  }

  /** Bytes that came with the i-th received packet. */
  lengthOf(i: number): number {
    const at = i * MMSGHDR + 56;
    const { headers } = this;
    return (headers[at] ?? 0) | ((headers[at + 1] ?? 0) << 8);
  }
}
