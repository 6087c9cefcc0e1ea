/** Questions to rtnetlink (rtnetlink(7)) and what it says, as bytes of a little-endian machine: routes, neighbours, links. */
const HEADER = 16;
const REQUEST = 1;
const ERROR = 2;
const [GET_LINK, GET_ROUTE, GET_NEIGHBOUR] = [18, 26, 30] as const;
const FAMILY = { 4: 2, 6: 10 } as const;
/** Fixed part after the header: ifinfomsg, rtmsg, ndmsg. */
const FIXED: Readonly<Record<number, number>> = { 16: 16, 24: 12, 28: 12 };

export interface NetlinkReply {
  /** A positive errno; 0: none. */
  readonly error: number;
  readonly fixed: Uint8Array;
  readonly attributes: ReadonlyMap<number, Uint8Array>;
}

function question(type: number, fixed: readonly number[], attribute: Uint8Array | null): Uint8Array {
  const length = HEADER + fixed.length + (attribute === null ? 0 : 4 + attribute.length);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, REQUEST, true);
  bytes.set(fixed, HEADER);
  if (attribute !== null) {
    view.setUint16(HEADER + fixed.length, 4 + attribute.length, true);
    // RTA_DST and NDA_DST are both 1.
    view.setUint16(HEADER + fixed.length + 2, 1, true);
    bytes.set(attribute, HEADER + fixed.length + 4);
  }
  return bytes;
}

const familyOf = (address: Uint8Array): number => FAMILY[address.length === 4 ? 4 : 6];
const word = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];

/** Which way packets to this address (4 or 16 bytes) take. */
export function routeQuestion(address: Uint8Array): Uint8Array {
  return question(GET_ROUTE, [familyOf(address), address.length * 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], address);
}

/** The link-layer address of a neighbour on an interface. */
export function neighbourQuestion(address: Uint8Array, link: number): Uint8Array {
  return question(GET_NEIGHBOUR, [familyOf(address), 0, 0, 0, ...word(link), 0, 0, 0, 0], address);
}

export function linkQuestion(link: number): Uint8Array {
  return question(GET_LINK, [0, 0, 0, 0, ...word(link), 0, 0, 0, 0, 0, 0, 0, 0], null);
}

/** Reads the first message of `bytes`. Undefined: it is cut short or of another kind. */
export function readReply(bytes: Uint8Array): NetlinkReply | undefined {
  if (bytes.length < HEADER + 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = Math.min(view.getUint32(0, true), bytes.length);
  const type = view.getUint16(4, true);
  const attributes = new Map<number, Uint8Array>();
  if (type === ERROR) return { error: -view.getInt32(HEADER, true), fixed: bytes.subarray(HEADER, HEADER), attributes };
  const size = FIXED[type];
  if (size === undefined || end < HEADER + size) return undefined;
  for (let at = HEADER + size; at + 4 <= end;) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > end) return undefined;
    attributes.set(view.getUint16(at + 2, true) & 0x3fff, copyOf(bytes, at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return { error: 0, fixed: copyOf(bytes, HEADER, HEADER + size), attributes };
}

/** Not `slice`: that of a Buffer is a view, and the buffer is used again for the next reply. */
function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return Uint8Array.from(bytes.subarray(from, to));
}

export interface Route {
  /** Number of the interface. */
  readonly link: number;
  /** The address that packets are sent from. */
  readonly source: Uint8Array;
  /** The router's address; null: the target is on the link. */
  readonly gateway: Uint8Array | null;
  /** True for an address of this machine. */
  readonly own: boolean;
}

const [RTA_OIF, RTA_GATEWAY, RTA_PREFSRC, RTA_VIA] = [4, 5, 7, 18] as const;
const [UNICAST, LOCAL] = [1, 2] as const;

/** Undefined: the reply is no way to anywhere. */
export function routeOf(reply: NetlinkReply): Route | undefined {
  const link = reply.attributes.get(RTA_OIF);
  const source = reply.attributes.get(RTA_PREFSRC);
  const type = reply.fixed[7];
  if (reply.error !== 0 || link === undefined || source === undefined) return undefined;
  if (type !== UNICAST && type !== LOCAL) return undefined;
  // After the address family, a router of the other family.
  const gateway = reply.attributes.get(RTA_GATEWAY) ?? reply.attributes.get(RTA_VIA)?.slice(2) ?? null;
  return { link: word32(link), source, gateway, own: type === LOCAL };
}

const NEIGHBOUR_ADDRESS = 2;
/** REACHABLE, STALE, DELAY, PROBE, PERMANENT: the address may be used. */
const USABLE = 0x02 | 0x04 | 0x08 | 0x10 | 0x80;
const FAILED = 0x20;

/** The six bytes of a neighbour; `failed`: nobody answered for it; `unknown`: not asked yet, or being asked. */
export function neighbourOf(reply: NetlinkReply): Uint8Array | 'failed' | 'unknown' {
  const state = (reply.fixed[8] ?? 0) | ((reply.fixed[9] ?? 0) << 8);
  const address = reply.attributes.get(NEIGHBOUR_ADDRESS);
  if (reply.error === 0 && (state & USABLE) !== 0 && address?.length === 6) return address;
  return reply.error === 0 && (state & FAILED) !== 0 ? 'failed' : 'unknown';
}

export interface LinkState {
  /** Packets can leave: it is switched on, and there is a carrier. */
  readonly up: boolean;
  /** How often the carrier was lost since the interface was made; 0 where the kernel does not count. */
  readonly losses: number;
}

const IFF_UP = 1;
const [IFLA_CARRIER, IFLA_CARRIER_DOWN_COUNT] = [33, 48] as const;

/** An interface that cannot be asked about is down. */
export function linkStateOf(reply: NetlinkReply): LinkState {
  const losses = reply.attributes.get(IFLA_CARRIER_DOWN_COUNT);
  const carrier = reply.attributes.get(IFLA_CARRIER)?.[0] ?? 1;
  const up = reply.error === 0 && ((reply.fixed[8] ?? 0) & IFF_UP) !== 0 && carrier !== 0;
  return { up, losses: losses?.length === 4 ? word32(losses) : 0 };
}

/** Whether the reply names an interface to send from, and no address that could be sent from. */
export function lacksSource(reply: NetlinkReply): boolean {
  return reply.error === 0 && reply.attributes.has(RTA_OIF) && !reply.attributes.has(RTA_PREFSRC);
}

const IFLA_IFNAME = 3;

/** The name of an interface; empty when there is no such one. */
export function linkNameOf(reply: NetlinkReply): string {
  const name = reply.attributes.get(IFLA_IFNAME) ?? new Uint8Array();
  // It ends with a zero.
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0) === -1 ? name.length : name.indexOf(0)));
}

/** The Ethernet address of an interface; null when it is not Ethernet. */
export function ethernetOf(reply: NetlinkReply): Uint8Array | null {
  const type = (reply.fixed[2] ?? 0) | ((reply.fixed[3] ?? 0) << 8);
  const address = reply.attributes.get(1);
  return reply.error === 0 && type === 1 && address?.length === 6 ? address : null;
}

function word32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
}
