import { ICMP6, internetChecksum, pseudoHeaderSum } from './checksum.ts';

/** Who asks on a link: Ethernet address (6 bytes) and IP address (4 or 16 bytes). */
export interface Asker {
  readonly mac: Uint8Array;
  readonly address: Uint8Array;
}

/** An answer to "who has this address?". */
export interface LinkAnswer {
  /** The address that was asked for, 4 or 16 bytes. */
  readonly address: Uint8Array;
  /** Whoever answered. */
  readonly mac: Uint8Array;
  /** False: it answers for somebody else, by its own account (a neighbour advertisement without the override flag). */
  readonly own: boolean;
}

const ETHERNET = 14;
const ETH_ARP = 0x0806;
const ETH_IPV6 = 0x86dd;
/** Bytes of a whole request. */
export const REQUEST_BYTES = { 4: ETHERNET + 28, 6: ETHERNET + 40 + 32 } as const;
/** Ethernet, IPv4, six bytes and four (RFC 826). */
const ARP_HEAD = [0, 1, 8, 0, 6, 4] as const;
const [ARP_REQUEST, ARP_REPLY] = [1, 2] as const;
const [SOLICITATION, ADVERTISEMENT] = [135, 136] as const;
const [SOURCE_OPTION, TARGET_OPTION] = [1, 2] as const;
const [SOLICITED, OVERRIDE] = [0x40, 0x20] as const;
const HOP_LIMIT = 255;

/** The Ethernet frame that asks the link for an address: an ARP request (RFC 826) or a neighbour solicitation (RFC 4861 4.3). */
export function linkRequest(asker: Asker, target: Uint8Array): Uint8Array {
  return target.length === 4 ? arpRequest(asker, target) : solicitation(asker, target);
}

function arpRequest(asker: Asker, target: Uint8Array): Uint8Array {
  const frame = new Uint8Array(REQUEST_BYTES[4]);
  ethernet(frame, [255, 255, 255, 255, 255, 255], asker.mac, ETH_ARP);
  frame.set(ARP_HEAD, ETHERNET);
  frame[ETHERNET + 7] = ARP_REQUEST;
  frame.set(asker.mac, ETHERNET + 8);
  frame.set(asker.address, ETHERNET + 14);
  frame.set(target, ETHERNET + 24);
  return frame;
}

function solicitation(asker: Asker, target: Uint8Array): Uint8Array {
  const frame = new Uint8Array(REQUEST_BYTES[6]);
  const last = target.subarray(13);
  // The solicited-node group of the target (RFC 4291 2.7.1), and the Ethernet group of that (RFC 2464 7).
  const group = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ...last);
  ethernet(frame, [0x33, 0x33, 0xff, ...last], asker.mac, ETH_IPV6);
  const ip = frame.subarray(ETHERNET);
  const message = frame.subarray(ETHERNET + 40);
  ip[0] = 0x60;
  ip[5] = message.length;
  ip[6] = ICMP6;
  ip[7] = HOP_LIMIT;
  ip.set(asker.address, 8);
  ip.set(group, 24);
  message[0] = SOLICITATION;
  message.set(target, 8);
  message.set([SOURCE_OPTION, 1], 24);
  message.set(asker.mac, 26);
  const sum = internetChecksum(message, pseudoHeaderSum(asker.address, group, message.length));
  message.set([sum >> 8, sum & 255], 2);
  return frame;
}

function ethernet(frame: Uint8Array, to: readonly number[], from: Uint8Array, type: number): void {
  frame.set(to, 0);
  frame.set(from, 6);
  frame.set([type >> 8, type & 255], 12);
}

/**
 * Reads a whole Ethernet frame as an answer to `asker`. Undefined: it is something else, is for somebody else, was not asked for, is cut short,
 * contradicts itself (says another Ethernet address than it came from) or has a wrong checksum.
 */
export function readLinkAnswer(asker: Asker, frame: Uint8Array): LinkAnswer | undefined {
  const from = frame.slice(6, 12);
  if (!same(frame.subarray(0, 6), asker.mac) || !isOneStation(from) || same(from, asker.mac)) return undefined;
  return asker.address.length === 4 ? readArp(asker, frame, from) : readAdvertisement(asker, frame, from);
}

function readArp(asker: Asker, frame: Uint8Array, from: Uint8Array): LinkAnswer | undefined {
  if (frame.length < REQUEST_BYTES[4] || typeOf(frame) !== ETH_ARP) return undefined;
  const arp = frame.subarray(ETHERNET);
  if (!same(arp.subarray(0, 6), ARP_HEAD) || arp[6] !== 0 || arp[7] !== ARP_REPLY) return undefined;
  if (!same(arp.subarray(8, 14), from)) return undefined;
  if (!same(arp.subarray(18, 24), asker.mac) || !same(arp.subarray(24, 28), asker.address)) return undefined;
  return { address: arp.slice(14, 18), mac: from, own: true };
}

function readAdvertisement(asker: Asker, frame: Uint8Array, from: Uint8Array): LinkAnswer | undefined {
  if (frame.length < ETHERNET + 40 + 24 || typeOf(frame) !== ETH_IPV6) return undefined;
  const ip = frame.subarray(ETHERNET);
  const length = ((ip[4] ?? 0) << 8) | (ip[5] ?? 0);
  if (ip[6] !== ICMP6 || ip[7] !== HOP_LIMIT || ip.length < 40 + length || length < 24) return undefined;
  const [source, destination, message] = [ip.subarray(8, 24), ip.subarray(24, 40), ip.subarray(40, 40 + length)];
  if (message[0] !== ADVERTISEMENT || message[1] !== 0 || !same(destination, asker.address)) return undefined;
  if (internetChecksum(message, pseudoHeaderSum(source, destination, length)) !== 0) return undefined;
  const flags = message[4] ?? 0;
  if ((flags & SOLICITED) === 0) return undefined;
  // Without the option, which a unicast answer may leave out, the frame's own sender counts.
  if (length >= 32 && message[24] === TARGET_OPTION && !same(message.subarray(26, 32), from)) return undefined;
  return { address: message.slice(8, 24), mac: from, own: (flags & OVERRIDE) !== 0 };
}

function typeOf(frame: Uint8Array): number {
  return ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
}

/** Neither a group of stations nor none. */
function isOneStation(mac: Uint8Array): boolean {
  return ((mac[0] ?? 1) & 1) === 0 && mac.some((byte) => byte !== 0);
}

function same(a: Uint8Array, b: ArrayLike<number>): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
