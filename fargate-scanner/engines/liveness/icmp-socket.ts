import { icmpOf, type Ping, PING_BYTES, pingRequest, readPingReply } from '../../../core/scanning/liveness/icmp.ts';
import { SOCK_DGRAM, SOCK_RAW, SOL_SOCKET, SO_RCVBUF } from '../sockets/constants.ts';
import type { Libc } from '../sockets/libc.ts';
import { ADDRESS_AT, DOMAIN, NAME_BYTES, socketName } from '../sockets/socket-name.ts';
import { errnoName, int32 } from '../sockets/sockets.ts';
import { BatchSocket } from '../sockets/batch-socket.ts';

const PROTOCOL = { 4: 1, 6: 58 } as const;
const SOL_RAW = 255;
/** ICMP_FILTER and ICMPV6_FILTER. */
const FILTER = 1;
const ECHO_REPLY_6 = 129;
/** Bit n set: messages of type n are not received. Echo replies (0) and timestamp replies (14) are. */
const FILTER_4 = ~((1 << 0) | (1 << 14));
/** An IPv4 header with all its options, and a reply. */
const KEPT = 60 + PING_BYTES;
const BUFFER = 1024 * 1024;

/** A socket that pings. `raw`: with CAP_NET_RAW; else one of the kernel's ping sockets, which chooses the identifier itself and does echo only. */
export class IcmpSocket {
  readonly raw: boolean;
  readonly #family: 4 | 6;
  readonly #socket: BatchSocket;
  readonly #name: Uint8Array;

  private constructor(libc: Libc, fd: number, family: 4 | 6, raw: boolean) {
    this.raw = raw;
    this.#family = family;
    this.#name = socketName(family, null, 0);
    this.#socket = new BatchSocket(libc, fd, { stride: PING_BYTES, kept: KEPT, name: NAME_BYTES[family] });
  }

  /** The better of the two kinds that this process may open; `denied`: the errnos of both. */
  static open(libc: Libc, family: 4 | 6): IcmpSocket | { readonly denied: readonly [raw: string, ping: string] } {
    const raw = libc.socket(DOMAIN[family], SOCK_RAW, PROTOCOL[family]);
    const denied = raw < 0 ? errnoName(libc.errno()) : '';
    const fd = raw < 0 ? libc.socket(DOMAIN[family], SOCK_DGRAM, PROTOCOL[family]) : raw;
    if (fd < 0) return { denied: [denied, errnoName(libc.errno())] };
    libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, int32(BUFFER), 4);
    if (raw >= 0 && family === 4) libc.setsockopt(fd, SOL_RAW, FILTER, int32(FILTER_4), 4);
    if (raw >= 0 && family === 6) {
      const filter = Buffer.alloc(32, 0xff);
      filter.writeUInt32LE(~(1 << (ECHO_REPLY_6 % 32)) >>> 0, Math.floor(ECHO_REPLY_6 / 32) * 4);
      libc.setsockopt(fd, PROTOCOL[6], FILTER, filter, filter.length);
    }
    return new IcmpSocket(libc, fd, family, raw >= 0);
  }

  put(address: Uint8Array, ping: Ping): void {
    this.#name.set(address, ADDRESS_AT[this.#family]);
    this.#socket.put(pingRequest(this.#family, ping), this.#name);
  }

  flush(): void {
    this.#socket.flush();
  }

  drain(heard: (source: Uint8Array, reply: Ping) => void): void {
    const family = this.#family;
    const at = ADDRESS_AT[family];
    this.#socket.drain((packet, from) => {
      const message = this.raw && family === 4 ? icmpOf(packet) : packet;
      const reply = message === undefined ? undefined : readPingReply(family, message);
      if (reply !== undefined) heard(from.subarray(at, at + (family === 4 ? 4 : 16)), reply);
    });
  }

  close(): void {
    this.#socket.close();
  }
}
