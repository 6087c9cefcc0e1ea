import { ETHERNET, SYN_BYTES } from '../../../core/scanning/syn/syn-frame.ts';
import {
  AF_PACKET,
  ETH_P,
  IPPROTO_IPV6,
  IPPROTO_RAW,
  IPV6_RECVERR,
  IP_RECVERR,
  MMSGHDR,
  MSG_DONTWAIT,
  PACKET_QDISC_BYPASS,
  SOCK_RAW,
  SOL_PACKET,
  SOL_SOCKET,
  SO_SNDBUFFORCE,
} from './constants.ts';
import type { Libc } from './libc.ts';
import { ADDRESS_AT, DOMAIN, NAME_BYTES } from './socket-name.ts';
import { Packets, bindPacket, checked, int32, option } from './sockets.ts';

/** Packets handed to the kernel at once. Measured: more gains nothing, and answers wait longer. */
export const BATCH = 256;
const SEND_BUFFER = 16 * 1024 * 1024;

/** A way out of this machine with a batch of packets being filled. */
export class Lane {
  count = 0;
  /** Host of each packet of the batch. */
  readonly hosts = new Int32Array(BATCH);
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #family: 4 | 6;
  readonly #packets: Packets;
  readonly #stride: number;
  /** Source address on the link, of frames; null: the kernel routes. */
  readonly #ethernet: Uint8Array | null;
  /** The neighbour that the frame in each place is for. */
  readonly #neighbours: (Uint8Array | null)[] = Array.from({ length: BATCH }, () => null);

  private constructor(libc: Libc, fd: number, family: 4 | 6, ethernet: Uint8Array | null) {
    this.#libc = libc;
    this.#fd = fd;
    this.#family = family;
    this.#ethernet = ethernet;
    this.#stride = SYN_BYTES[family] + (ethernet === null ? 0 : ETHERNET);
    this.#packets = new Packets(libc, BATCH, this.#stride, ethernet === null ? NAME_BYTES[family] : 0);
  }

  /** Whole Ethernet frames straight to the driver of an interface: no routing, no firewall, no queue. @throws SystemError */
  static packet(libc: Libc, family: 4 | 6, link: number, ethernet: Uint8Array): Lane {
    const fd = checked(libc, 'socket(AF_PACKET)', libc.socket(AF_PACKET, SOCK_RAW, 0));
    libc.setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, int32(1), 4);
    libc.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, int32(SEND_BUFFER), 4);
    bindPacket(libc, fd, link, 0);
    return new Lane(libc, fd, family, ethernet);
  }

  /** IP packets that the kernel routes: to this machine, over links without Ethernet. @throws SystemError */
  static raw(libc: Libc, family: 4 | 6): Lane {
    const fd = checked(libc, 'socket(SOCK_RAW)', libc.socket(DOMAIN[family], SOCK_RAW, IPPROTO_RAW));
    libc.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, int32(SEND_BUFFER), 4);
    // Without it a full queue swallows packets and says nothing.
    if (family === 4) option(libc, fd, 0, IP_RECVERR, int32(1));
    else option(libc, fd, IPPROTO_IPV6, IPV6_RECVERR, int32(1));
    return new Lane(libc, fd, family, null);
  }

  get bytes(): Uint8Array {
    return this.#packets.bytes;
  }

  /** Takes the next place of the batch and returns where the IP packet starts in `bytes`. `destination`: from `at` on; `neighbour`: its six bytes, always the same array. */
  place(host: number, destination: Uint8Array, at: number, neighbour: Uint8Array): number {
    const slot = this.count;
    this.count += 1;
    this.hosts[slot] = host;
    const start = slot * this.#stride;
    const { bytes, names } = this.#packets;
    if (this.#ethernet !== null) {
      if (this.#neighbours[slot] === neighbour) return start + ETHERNET;
      this.#neighbours[slot] = neighbour;
      bytes.set(neighbour, start);
      bytes.set(this.#ethernet, start + 6);
      bytes[start + 12] = ETH_P[this.#family] >> 8;
      bytes[start + 13] = ETH_P[this.#family] & 255;
      return start + ETHERNET;
    }
    const name = slot * NAME_BYTES[this.#family];
    names[name] = DOMAIN[this.#family];
    const width = this.#family === 4 ? 4 : 16;
    const to = name + ADDRESS_AT[this.#family];
    for (let i = 0; i < width; i += 1) names[to + i] = destination[at + i] ?? 0;
    return start;
  }

  /** Sends the batch from packet `from` on. Returns how many went, or the negative errno of the first. */
  send(from: number): number {
    const { headers } = this.#packets;
    const rest = from === 0 ? headers : headers.subarray(from * MMSGHDR);
    const sent = this.#libc.sendmmsg(this.#fd, rest, this.count - from, MSG_DONTWAIT);
    return sent < 0 ? -this.#libc.errno() : sent;
  }

  close(): void {
    this.#libc.close(this.#fd);
  }
}
