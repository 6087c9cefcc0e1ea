import { randomInt } from 'node:crypto';
import type { PortSet } from '../../../core/net/port-set.ts';
import { type Refusal, refusalOf } from '../../../core/scanning/refusal.ts';
import {
  IP_RECVERR,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  IPV6_V6ONLY,
  MSG_DONTWAIT,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SOCK_DGRAM,
  SOL_SOCKET,
} from '../sockets/constants.ts';
import type { Libc } from '../sockets/libc.ts';
import { ADDRESS_AT, DOMAIN, socketName } from '../sockets/socket-name.ts';
import { checked, errnoName, int32, option } from '../sockets/sockets.ts';
import { Datagrams } from './datagrams.ts';

const SOL_IP = 0;
const MSG_ERRQUEUE = 0x2000;
const SO_MEMINFO = 55;
/** Places among the nine numbers of SO_MEMINFO: bytes used, bytes there are, datagrams dropped. */
const [USED, ROOM, DROPS] = [0, 1, 8];
/** Memory that a packet takes, at most. */
const ONE_PACKET = 4_096;
const BUFFER = 4 * 1024 * 1024;
const AT_ONCE = 64;
/** Most of what came that is read in one go, so that a flood does not keep the thread. */
const MOST_READS = 64;
/** Dynamic ports (RFC 6335 section 6): where the answers come to is part of what a forger must guess. */
const [FIRST_PORT, LAST_PORT] = [49_152, 65_535];
const ATTEMPTS = 200;
/** An earlier ICMP error is reported by the next call on the socket, once; many may come. */
const SEND_ATTEMPTS = 8;
/** What an ICMP error is reported as (icmp.c, icmp.c of IPv6). Other errnos are of the datagram that is sent. */
const FROM_ICMP: ReadonlySet<string> = new Set(
  'ECONNREFUSED EHOSTUNREACH ENETUNREACH EHOSTDOWN ENONET ENOPROTOOPT EOPNOTSUPP EPROTO EMSGSIZE EACCES'.split(' '),
);

/** Bytes of the header of a control message, and of sock_extended_err in it; then comes the address of whom the error is from. */
const [CMSG_HEADER, EXTENDED_ERROR] = [16, 16];
/** sock_extended_err: who reported an error, and ICMP's type and code. */
const ORIGIN = { 4: 2, 6: 3 } as const;
const UNREACHABLE = { 4: 3, 6: 1 } as const;
const TIME_EXCEEDED = { 4: 11, 6: 3 } as const;
/** IPv4's "fragmentation needed" says nothing about the port. */
const FRAGMENTATION_NEEDED = 4;

export interface Hears {
  /** `from`: the 4 or 16 bytes of an address, as `keyOf` makes them. */
  answered(from: string, port: number, datagram: Uint8Array): void;
  /** An ICMP error about what was sent to this address and port; `sender`: the address it came from, a key too. */
  refused(to: string, port: number, refusal: Refusal, sender: string): void;
}

/** The bytes of an address as a key of a map. */
export function keyOf(address: Uint8Array): string {
  return Buffer.from(address).toString('latin1');
}

/**
 * One socket for all probes of a family. It is not connected, so it hears answers from other ports, and IP_RECVERR gives it the ICMP errors
 * about each destination with type and code (ip(7), ipv6(7)); neither needs a privilege.
 */
export class UdpSocket {
  readonly port: number;
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #family: 4 | 6;
  readonly #out: Datagrams;
  readonly #in: Datagrams;
  readonly #memory = Buffer.alloc(4 * 9);
  #drops = 0;

  /** `avoid`: ports that it should not have, if there are others. @throws SystemError when there is no socket of this family to be had. */
  constructor(libc: Libc, family: 4 | 6, avoid: PortSet) {
    this.#libc = libc;
    this.#family = family;
    this.#fd = checked(libc, 'socket', libc.socket(DOMAIN[family], SOCK_DGRAM, 0));
    try {
      if (family === 6) option(libc, this.#fd, IPPROTO_IPV6, IPV6_V6ONLY, int32(1));
      if (family === 6) option(libc, this.#fd, IPPROTO_IPV6, IPV6_RECVERR, int32(1));
      else option(libc, this.#fd, SOL_IP, IP_RECVERR, int32(1));
      if (libc.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, int32(BUFFER), 4) < 0) {
        libc.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUF, int32(BUFFER), 4);
      }
      this.port = this.#bind(avoid);
    } catch (thrown) {
      libc.close(this.#fd);
      throw thrown;
    }
    this.#out = new Datagrams(libc, 1);
    this.#in = new Datagrams(libc, AT_ONCE);
  }

  #bind(avoid: PortSet): number {
    for (let left = ATTEMPTS; ; left -= 1) {
      const port = randomInt(FIRST_PORT, LAST_PORT + 1);
      if (left > ATTEMPTS / 2 && avoid.has(port)) continue;
      const name = socketName(this.#family, null, port);
      if (this.#libc.bind(this.#fd, name, name.length) === 0) return port;
      if (left === 0) return checked(this.#libc, 'bind', -1);
    }
  }

  /** Returns null, or the errno's name when the datagram did not leave. */
  send(address: Uint8Array, port: number, datagram: Uint8Array): string | null {
    this.#out.put(socketName(this.#family, address, port), datagram);
    for (let left = SEND_ATTEMPTS; ; left -= 1) {
      if (this.#libc.sendmmsg(this.#fd, this.#out.headers, 1, MSG_DONTWAIT) === 1) return null;
      const code = errnoName(this.#libc.errno());
      if (left === 0 || !FROM_ICMP.has(code)) return code;
    }
  }

  /** Hands over what has come: errors first, for they also stand before the next call on the socket. False: there is more. */
  drain(hears: Hears): boolean {
    const errors = this.#read(MSG_DONTWAIT | MSG_ERRQUEUE, (i) => this.#refused(i, hears));
    const datagrams = this.#read(MSG_DONTWAIT, (i) => {
      const name = this.#in.name(i);
      hears.answered(this.#addressIn(name), name.readUInt16BE(2), this.#in.received(i));
    });
    return errors && datagrams;
  }

  #read(flags: number, each: (i: number) => void): boolean {
    for (let left = MOST_READS; left > 0; left -= 1) {
      this.#in.ready();
      const count = this.#libc.recvmmsg(this.#fd, this.#in.headers, AT_ONCE, flags, null);
      for (let i = 0; i < count; i += 1) each(i);
      if (count >= 0 && count < AT_ONCE) return true;
      if (count < 0 && errnoName(this.#libc.errno()) === 'EAGAIN') return true;
    }
    return false;
  }

  #refused(i: number, hears: Hears): void {
    const control = this.#in.control(i);
    if (control.length < CMSG_HEADER + EXTENDED_ERROR) return;
    const [origin, type, code] = [control[20] ?? 0, control[21] ?? 0, control[22] ?? 0];
    if (origin !== ORIGIN[this.#family]) return;
    const name = this.#in.name(i);
    const refusal = this.#refusalOf(type, code);
    if (refusal === null) return;
    const sender = this.#addressIn(control.subarray(CMSG_HEADER + EXTENDED_ERROR));
    hears.refused(this.#addressIn(name), name.readUInt16BE(2), refusal, sender);
  }

  /** Null: it says nothing about the port. */
  #refusalOf(type: number, code: number): Refusal | null {
    const family = this.#family;
    if (type === TIME_EXCEEDED[family]) return { state: 'unreachable', reason: 'EHOSTUNREACH' };
    const fragmentation = family === 4 && code === FRAGMENTATION_NEEDED;
    return type === UNREACHABLE[family] && !fragmentation ? refusalOf(family, code) : null;
  }

  #addressIn(name: Buffer): string {
    const at = ADDRESS_AT[this.#family];
    return name.toString('latin1', at, at + (this.#family === 4 ? 4 : 16));
  }

  /**
   * What the kernel could not keep for us since the last call; call it before `drain`. It counts datagrams, but not the ICMP errors for which
   * there was no room: a full buffer says that there was at least one.
   */
  drops(): number {
    const length = int32(this.#memory.length);
    if (this.#libc.getsockopt(this.#fd, SOL_SOCKET, SO_MEMINFO, this.#memory, length) < 0) return 0;
    const total = this.#memory.readUInt32LE(DROPS * 4);
    const since = total - this.#drops;
    this.#drops = total;
    const full = this.#memory.readUInt32LE(USED * 4) + ONE_PACKET >= this.#memory.readUInt32LE(ROOM * 4);
    return Math.max(since, full ? 1 : 0);
  }

  close(): void {
    this.#libc.close(this.#fd);
  }
}
