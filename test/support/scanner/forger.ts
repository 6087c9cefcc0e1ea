/**
 * Answers SYNs seen on an interface with frames made by hand: `forger.ts '{"device","rules"}'`. Prints `ready`, then answers until it is ended.
 * The interface must be one that hears the SYNs; whoever really owns the address must keep silent.
 */
import { AF_PACKET, SOCK_RAW } from '../../../fargate-scanner/engines/sockets/constants.ts';
import { loadLibc } from '../../../fargate-scanner/engines/sockets/libc.ts';
import { bindPacket, checked } from '../../../fargate-scanner/engines/sockets/sockets.ts';
import { readFileSync } from 'node:fs';

export type Forgery =
  /** A SYN-ACK that acknowledges the SYN, or so much more than it. */
  | {
      readonly kind: 'syn-ack';
      readonly ackOff?: number;
      readonly times?: number;
      readonly delayMs?: number;
      readonly vlan?: number;
    }
  | { readonly kind: 'rst' }
  /** A SYN-ACK behind an IPv6 extension header. */
  | {
      readonly kind: 'extended';
      readonly header: 'hop-by-hop' | 'destination' | 'routing' | 'fragment' | 'later-fragment' | 'many';
    }
  /** ICMP "unreachable" that quotes the SYN, its sequence number changed by so much. */
  | { readonly kind: 'icmp'; readonly code: number; readonly sequenceOff?: number; readonly from?: string };

export interface ForgerJob {
  readonly device: string;
  /** What is answered to SYNs to these ports; `sourceAbove`: only to those from ports above. */
  readonly rules: readonly {
    readonly first: number;
    readonly last: number;
    readonly sourceAbove?: number;
    readonly forgery: Forgery;
  }[];
}

const ETH_P_ALL = 3;
const TCP = 6;

const job = JSON.parse(process.argv[2] ?? '{}') as ForgerJob;
const libc = loadLibc();
const link = Number(readFileSync(`/sys/class/net/${job.device}/ifindex`, 'utf8'));
const mac = Buffer.from(readFileSync(`/sys/class/net/${job.device}/address`, 'utf8').trim().replaceAll(':', ''), 'hex');
const fd = checked(libc, 'socket', libc.socket(AF_PACKET, SOCK_RAW, 0));
bindPacket(libc, fd, link, ETH_P_ALL);

const sumOf = (...parts: readonly Uint8Array[]): number => {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2) sum += ((part[i] ?? 0) << 8) | (part[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};

interface Syn {
  readonly family: 4 | 6;
  readonly from: Buffer;
  readonly to: Buffer;
  readonly sender: Buffer;
  readonly sourcePort: number;
  readonly port: number;
  readonly sequence: number;
  readonly packet: Buffer;
}

/** A SYN in a frame, or undefined. */
function synOf(frame: Buffer): Syn | undefined {
  const type = frame.readUInt16BE(12);
  const family = type === 0x0800 ? 4 : type === 0x86dd ? 6 : undefined;
  if (family === undefined) return undefined;
  const packet = frame.subarray(14);
  const head = family === 4 ? ((packet[0] ?? 0) & 15) * 4 : 40;
  if (packet.length < head + 20 || packet[family === 4 ? 9 : 6] !== TCP || packet[head + 13] !== 2) return undefined;
  const [from, to] =
    family === 4
      ? [packet.subarray(12, 16), packet.subarray(16, 20)]
      : [packet.subarray(8, 24), packet.subarray(24, 40)];
  return {
    family,
    from,
    to,
    sender: frame.subarray(6, 12),
    sourcePort: packet.readUInt16BE(head),
    port: packet.readUInt16BE(head + 2),
    sequence: packet.readUInt32BE(head + 4),
    packet,
  };
}

function ip(syn: Syn, source: Buffer, protocol: number, body: Buffer): Buffer {
  if (syn.family === 4) {
    const head = Buffer.alloc(20);
    head[0] = 0x45;
    head.writeUInt16BE(20 + body.length, 2);
    head[8] = 61;
    head[9] = protocol;
    source.copy(head, 12);
    syn.from.copy(head, 16);
    head.writeUInt16BE(sumOf(head), 10);
    return Buffer.concat([head, body]);
  }
  const head = Buffer.alloc(40);
  head[0] = 0x60;
  head.writeUInt16BE(body.length, 4);
  head[6] = protocol;
  head[7] = 61;
  source.copy(head, 8);
  syn.from.copy(head, 24);
  return Buffer.concat([head, body]);
}

function pseudo(syn: Syn, source: Buffer, protocol: number, length: number): Buffer {
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(protocol, 0);
  tail.writeUInt16BE(length, 2);
  return Buffer.concat([source, syn.from, tail]);
}

function tcp(syn: Syn, flags: number, ackOff: number): Buffer {
  const body = Buffer.alloc(20);
  body.writeUInt16BE(syn.port, 0);
  body.writeUInt16BE(syn.sourcePort, 2);
  body.writeUInt32BE(0x1234, 4);
  body.writeUInt32BE((syn.sequence + 1 + ackOff) >>> 0, 8);
  body[12] = 0x50;
  body[13] = flags;
  body.writeUInt16BE(65_535, 14);
  body.writeUInt16BE(sumOf(pseudo(syn, syn.to, TCP, 20), body), 16);
  return body;
}

const [HOP, ROUTING, FRAGMENT, DESTINATION] = [0, 43, 44, 60] as const;
const padding = (next: number): Buffer => Buffer.from([next, 0, 1, 4, 0, 0, 0, 0]);

function extended(syn: Syn, header: string): Buffer {
  const body = tcp(syn, 0x12, 0);
  if (header === 'fragment')
    return ip(syn, syn.to, FRAGMENT, Buffer.concat([Buffer.from([TCP, 0, 0, 0, 0, 0, 0, 9]), body]));
  if (header === 'later-fragment')
    return ip(syn, syn.to, FRAGMENT, Buffer.concat([Buffer.from([TCP, 0, 0, 8, 0, 0, 0, 9]), body]));
  if (header === 'routing')
    return ip(syn, syn.to, ROUTING, Buffer.concat([Buffer.from([TCP, 0, 253, 0, 0, 0, 0, 0]), body]));
  if (header === 'many') return ip(syn, syn.to, HOP, Buffer.concat([padding(DESTINATION), padding(TCP), body]));
  return ip(syn, syn.to, header === 'hop-by-hop' ? HOP : DESTINATION, Buffer.concat([padding(TCP), body]));
}

function icmp(syn: Syn, code: number, sequenceOff: number, from: string | undefined): Buffer {
  const source = from === undefined ? syn.to : Buffer.from(from.split('.').map(Number));
  const quoted = Buffer.from(syn.packet);
  const at = syn.family === 4 ? 24 : 44;
  quoted.writeUInt32BE((syn.sequence + sequenceOff) >>> 0, at);
  const body = Buffer.concat([Buffer.from([syn.family === 4 ? 3 : 1, code, 0, 0, 0, 0, 0, 0]), quoted]);
  const protocol = syn.family === 4 ? 1 : 58;
  const sum = syn.family === 4 ? sumOf(body) : sumOf(pseudo(syn, source, protocol, body.length), body);
  body.writeUInt16BE(sum, 2);
  return ip(syn, source, protocol, body);
}

function packetOf(syn: Syn, forgery: Forgery): Buffer {
  if (forgery.kind === 'syn-ack') return ip(syn, syn.to, TCP, tcp(syn, 0x12, forgery.ackOff ?? 0));
  if (forgery.kind === 'rst') return ip(syn, syn.to, TCP, tcp(syn, 0x14, 0));
  if (forgery.kind === 'extended') return extended(syn, forgery.header);
  return icmp(syn, forgery.code, forgery.sequenceOff ?? 0, forgery.from);
}

function answer(syn: Syn, forgery: Forgery): void {
  const packet = packetOf(syn, forgery);
  const type = Buffer.from(syn.family === 4 ? [0x08, 0x00] : [0x86, 0xdd]);
  const tag =
    forgery.kind === 'syn-ack' && forgery.vlan !== undefined
      ? Buffer.from([0x81, 0x00, forgery.vlan >> 8, forgery.vlan & 255])
      : Buffer.alloc(0);
  const frame = Buffer.concat([syn.sender, mac, tag, type, packet]);
  const times = forgery.kind === 'syn-ack' ? (forgery.times ?? 1) : 1;
  const send = (): void => {
    for (let i = 0; i < times; i += 1) libc.send(fd, frame, frame.length, 0);
  };
  if (forgery.kind === 'syn-ack' && forgery.delayMs !== undefined) setTimeout(send, forgery.delayMs);
  else send();
}

const MSG_DONTWAIT = 0x40;
const bytes = Buffer.alloc(2_048);
const pollfd = Buffer.alloc(8);
pollfd.writeInt32LE(fd, 0);
pollfd.writeInt16LE(1, 4);

function turn(): void {
  libc.poll(pollfd, 1, 5);
  for (let i = 0; i < 500; i += 1) {
    const length = libc.recv(fd, bytes, bytes.length, MSG_DONTWAIT);
    if (length < 14) break;
    const syn = synOf(Buffer.from(bytes.subarray(0, length)));
    if (syn === undefined || syn.sender.equals(mac)) continue;
    const rule = job.rules.find(
      ({ first, last, sourceAbove = -1 }) => syn.port >= first && syn.port <= last && syn.sourcePort > sourceAbove,
    );
    if (rule !== undefined) answer(syn, rule.forgery);
  }
  setImmediate(turn);
}

console.log('ready');
turn();
