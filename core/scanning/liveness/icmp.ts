import { internetChecksum } from './checksum.ts';

/** Bytes of every request: the header and twelve, of which an echo carries eight bytes of cookie and a timestamp its three times. */
export const PING_BYTES = 20;

export type PingKind = 'icmp-echo' | 'icmp-timestamp';

/** Two 32-bit words that only somebody who saw the request can know; of a timestamp request 31 bits of the first. */
export type PingCookie = readonly [number, number];

export interface Ping {
  readonly kind: PingKind;
  readonly identifier: number;
  readonly sequence: number;
  readonly cookie: PingCookie;
}

const ECHO = { 4: { request: 8, reply: 0 }, 6: { request: 128, reply: 129 } } as const;
const TIMESTAMP = { request: 13, reply: 14 } as const;
/** "Not milliseconds since midnight": then the other 31 bits of a time may be anything (RFC 792). */
const NO_TIME = 0x8000_0000;

/**
 * An ICMP request (RFC 792, RFC 4443 4.1), `PING_BYTES` long. The checksum of ICMPv6 is left to the kernel, which knows the source address.
 * There is no timestamp request in IPv6.
 */
export function pingRequest(family: 4 | 6, { kind, identifier, sequence, cookie }: Ping): Uint8Array {
  const bytes = new Uint8Array(PING_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = kind === 'icmp-echo' ? ECHO[family].request : TIMESTAMP.request;
  view.setUint16(4, identifier);
  view.setUint16(6, sequence);
  if (kind === 'icmp-echo') {
    view.setUint32(8, cookie[0]);
    view.setUint32(12, cookie[1]);
  } else view.setUint32(8, timeOf(cookie));
  if (family === 4) view.setUint16(2, internetChecksum(bytes));
  return bytes;
}

/**
 * Reads an ICMP message as a reply to one of ours. Undefined: it is something else, cut short, or (IPv4) has a wrong checksum; the kernel
 * checks that of ICMPv6. Whether it answers a request is for `carries` to say.
 */
export function readPingReply(family: 4 | 6, bytes: Uint8Array): Ping | undefined {
  if (bytes.length < PING_BYTES || bytes[1] !== 0) return undefined;
  const kind = kindOf(family, bytes[0] ?? 0);
  if (kind === undefined || (family === 4 && internetChecksum(bytes) !== 0)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const second = kind === 'icmp-echo' ? view.getUint32(12) : 0;
  return {
    kind,
    identifier: view.getUint16(4),
    sequence: view.getUint16(6),
    cookie: [view.getUint32(8), second],
  };
}

function kindOf(family: 4 | 6, type: number): PingKind | undefined {
  if (type === ECHO[family].reply) return 'icmp-echo';
  return family === 4 && type === TIMESTAMP.reply ? 'icmp-timestamp' : undefined;
}

/** Whether the reply carries the cookie of the request that it claims to answer. */
export function carries(reply: Ping, cookie: PingCookie): boolean {
  if (reply.kind === 'icmp-timestamp') return reply.cookie[0] === timeOf(cookie);
  return reply.cookie[0] === cookie[0] && reply.cookie[1] === cookie[1];
}

function timeOf([word]: PingCookie): number {
  return (word | NO_TIME) >>> 0;
}

/** The ICMP message of an IPv4 packet as a raw socket gives it; undefined when it is cut short. */
export function icmpOf(packet: Uint8Array): Uint8Array | undefined {
  const header = ((packet[0] ?? 0) & 0x0f) * 4;
  return header < 20 || packet.length <= header ? undefined : packet.subarray(header);
}
