import { ETHERNET, SYN_BYTES, type SynWriter } from '../../../../core/scanning/syn/syn-frame.ts';
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
} from '../../sockets/constants.ts';
import type { Libc } from '../../sockets/libc.ts';
import { ADDRESS_AT, DOMAIN, NAME_BYTES } from '../../sockets/socket-name.ts';
import { Packets, bindPacket, checked, int32, option } from '../../sockets/sockets.ts';

/** Packets handed to the kernel at once. Measured: more gains nothing, and answers wait longer. */
export const BATCH = 256;
const SEND_BUFFER = 16 * 1024 * 1024;
/** Bytes before a frame, so that the IP packet in it starts at a whole word. */
const LEAD = 2;
const WORD = Int32Array.BYTES_PER_ELEMENT;

/** A way out of this machine with a batch of packets being filled. */
export class Lane {
  count = 0;
  /** Host of each packet of the batch. */
  readonly hosts = new Int32Array(BATCH);
  /** The packets of the batch. */
  readonly words: Int32Array;
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #family: 4 | 6;
  readonly #packets: Packets;
  readonly #names: Int32Array;
  /** Words of one packet, and of what comes before its IP header. */
  readonly #stride: number;
  readonly #head: number;
  /** Source address on the link, of frames; null: the kernel routes. */
  readonly #ethernet: Uint8Array | null;
  /** The neighbour that the frame in each place is for, and whose SYN is laid there. */
  readonly #neighbours: (Uint8Array | null)[] = Array.from({ length: BATCH }, () => null);
  readonly #writers: (SynWriter | null)[] = Array.from({ length: BATCH }, () => null);

  private constructor(libc: Libc, fd: number, family: 4 | 6, ethernet: Uint8Array | null) {
    this.#libc = libc;
    this.#fd = fd;
    this.#family = family;
    this.#ethernet = ethernet;
    const head = ethernet === null ? 0 : LEAD + ETHERNET;
    const stride = head + SYN_BYTES[family];
    const frames = ethernet !== null;
    this.#packets = new Packets(libc, BATCH, stride, frames ? 0 : NAME_BYTES[family], frames ? LEAD : 0);
    this.#stride = stride / WORD;
    this.#head = head / WORD;
    this.words = wordsOf(this.#packets.bytes);
    this.#names = wordsOf(this.#packets.names);
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

  /**
   * Takes the next place of the batch and returns the word of `words` where the IP packet starts, with what `writer` has in common for all.
   * `destination`: words of the address, from `at` on; `neighbour`: its six bytes, always the same array.
   */
  place(host: number, writer: SynWriter, destination: Int32Array, at: number, neighbour: Uint8Array | null): number {
    const slot = this.count;
    this.count += 1;
    this.hosts[slot] = host;
    const start = slot * this.#stride + this.#head;
    if (this.#writers[slot] !== writer) {
      this.#writers[slot] = writer;
      writer.lay(this.words, start);
    }
    if (this.#ethernet === null) this.#name(slot, destination, at);
    else if (neighbour !== null && this.#neighbours[slot] !== neighbour) {
      this.#neighbours[slot] = neighbour;
      const { bytes } = this.#packets;
      const frame = slot * this.#stride * WORD + LEAD;
      bytes.set(neighbour, frame);
      bytes.set(this.#ethernet, frame + 6);
      bytes[frame + 12] = ETH_P[this.#family] >> 8;
      bytes[frame + 13] = ETH_P[this.#family] & 255;
    }
    return start;
  }

  /** sockaddr_in, sockaddr_in6: whom the kernel routes the packet to. */
  #name(slot: number, destination: Int32Array, at: number): void {
    const family = this.#family;
    const name = (slot * NAME_BYTES[family]) / WORD;
    const to = name + ADDRESS_AT[family] / WORD;
    this.#names[name] = DOMAIN[family];
    for (let i = 0; i < (family === 4 ? 1 : 4); i += 1) this.#names[to + i] = destination[at + i] ?? 0;
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

function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / WORD));
}
