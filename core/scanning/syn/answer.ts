/** What a packet says about a SYN of ours, if it is from who it says it is: `check` tells. */
export interface Answer {
  kind: 'open' | 'closed' | 'refused';
  /** 32-bit words of the address that was probed: one of IPv4, four of IPv6. */
  readonly address: Int32Array;
  sourcePort: number;
  port: number;
  /** The sequence number of the SYN it answers, by its own account. */
  sequence: number;
  /** Our timestamp as it came back; 0: none. */
  timestamp: number;
  /** Of an ICMP message. */
  code: number;
}

export function anAnswer(): Answer {
  return {
    kind: 'closed',
    address: new Int32Array(4),
    sourcePort: 0,
    port: 0,
    sequence: 0,
    timestamp: 0,
    code: 0,
  };
}

const TCP = 6;
const ICMP = 1;
const ICMP6 = 58;
const FIN_SYN_RST_ACK = 0x17;
const SYN_ACK = 0x12;
const RST_ACK = 0x14;
const UNREACHABLE = { [ICMP]: 3, [ICMP6]: 1 } as const;
/** IPv6 extension headers (RFC 8200); all but the fragment header say how long they are. */
const [HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION] = [0, 43, 44, 60] as const;
/** More of them than this in a row is nobody's answer. */
const MOST_EXTENSIONS = 8;

/**
 * Reads an IPv4 or IPv6 packet of `length` bytes at `at` into `into`. False: it is no SYN-ACK, no RST with an acknowledgement and no
 * ICMP "unreachable" about a TCP packet, or it is cut short. Never reads outside the packet, whatever is in it.
 */
export function readAnswer(bytes: Uint8Array, at: number, length: number, into: Answer): boolean {
  const version = (bytes[at] ?? 0) >> 4;
  const end = at + length;
  const head = version === 4 ? ((bytes[at] ?? 0) & 15) * 4 : 40;
  if ((version !== 4 && version !== 6) || head < 20 || length < head + 8) return false;
  const protocol = bytes[at + (version === 4 ? 9 : 6)] ?? 0;
  if (version === 6 && isExtension(protocol)) return readExtended(bytes, at, end, into);
  return readBody(bytes, at, at + head, end, version, protocol, into);
}

function isExtension(header: number): boolean {
  return header === HOP_BY_HOP || header === ROUTING || header === FRAGMENT || header === DESTINATION;
}

/** Fragments but the first have no TCP header. */
function readExtended(bytes: Uint8Array, at: number, end: number, into: Answer): boolean {
  let next = bytes[at + 6] ?? 0;
  let body = at + 40;
  for (let i = 0; i < MOST_EXTENSIONS && isExtension(next); i += 1) {
    if (body + 8 > end) return false;
    if (next === FRAGMENT && word16(bytes, body + 2) >> 3 !== 0) return false;
    const length = next === FRAGMENT ? 8 : ((bytes[body + 1] ?? 0) + 1) * 8;
    next = bytes[body] ?? 0;
    body += length;
  }
  return body + 8 <= end && readBody(bytes, at, body, end, 6, next, into);
}

function readBody(
  bytes: Uint8Array,
  at: number,
  body: number,
  end: number,
  version: number,
  protocol: number,
  into: Answer,
): boolean {
  if (protocol === TCP) {
    readAddress(bytes, at, version, 'source', into);
    return readTcp(bytes, body, end, into);
  }
  if (protocol === (version === 4 ? ICMP : ICMP6)) return readIcmp(bytes, body, end, version, into);
  return false;
}

function readTcp(bytes: Uint8Array, at: number, end: number, into: Answer): boolean {
  if (end - at < 20) return false;
  const flags = (bytes[at + 13] ?? 0) & FIN_SYN_RST_ACK;
  if (flags === SYN_ACK) into.kind = 'open';
  else if (flags === RST_ACK) into.kind = 'closed';
  else return false;
  into.port = word16(bytes, at);
  into.sourcePort = word16(bytes, at + 2);
  into.sequence = (word32(bytes, at + 8) - 1) >>> 0;
  into.code = 0;
  into.timestamp = echoOf(bytes, at + 20, Math.min(end, at + ((bytes[at + 12] ?? 0) >> 4) * 4));
  return true;
}

/** The echoed timestamp among the TCP options (RFC 7323); 0: none. */
function echoOf(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const kind = bytes[at] ?? 0;
    if (kind === 0) return 0;
    if (kind === 1) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2) return 0;
    if (kind === 8 && length === 10 && at + 10 <= end) return word32(bytes, at + 6);
    at += length;
  }
  return 0;
}

function readIcmp(bytes: Uint8Array, at: number, end: number, version: number, into: Answer): boolean {
  if (bytes[at] !== UNREACHABLE[version === 4 ? ICMP : ICMP6]) return false;
  const quoted = at + 8;
  const head = version === 4 ? ((bytes[quoted] ?? 0) & 15) * 4 : 40;
  const tcp = quoted + head;
  // The quote holds at least the first 8 bytes of TCP: ports and sequence number (RFC 792).
  if (quoted >= end || (bytes[quoted] ?? 0) >> 4 !== version || head < 20 || tcp + 8 > end) return false;
  if (bytes[quoted + (version === 4 ? 9 : 6)] !== TCP) return false;
  readAddress(bytes, quoted, version, 'destination', into);
  into.kind = 'refused';
  into.code = bytes[at + 1] ?? 0;
  into.sourcePort = word16(bytes, tcp);
  into.port = word16(bytes, tcp + 2);
  into.sequence = word32(bytes, tcp + 4);
  into.timestamp = 0;
  return true;
}

function readAddress(
  bytes: Uint8Array,
  at: number,
  version: number,
  which: 'source' | 'destination',
  into: Answer,
): void {
  if (version === 4) {
    into.address[0] = word32(bytes, at + (which === 'source' ? 12 : 16));
    return;
  }
  const from = at + (which === 'source' ? 8 : 24);
  for (let i = 0; i < 4; i += 1) into.address[i] = word32(bytes, from + i * 4);
}

function word16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function word32(bytes: Uint8Array, at: number): number {
  return ((word16(bytes, at) << 16) | word16(bytes, at + 2)) >>> 0;
}
