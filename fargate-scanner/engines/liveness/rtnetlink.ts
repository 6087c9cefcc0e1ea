import {
  ethernetOf,
  linkQuestion,
  neighbourQuestion,
  type NetlinkReply,
  readReply,
  type Route,
  routeOf,
  routeQuestion,
} from '../../../core/scanning/syn/netlink.ts';
import { type NeighbourState, neighbourStateOf } from '../../../core/scanning/liveness/neighbour-state.ts';
import { AF_NETLINK, SOCK_RAW, SOL_SOCKET, SO_RCVTIMEO } from '../syn/constants.ts';
import type { Libc } from '../syn/libc.ts';
import { checked, option } from '../syn/sockets.ts';

const MOST_BYTES = 16_384;

/** Asks the kernel about ways, links and neighbours. Needs no privilege. */
export class Rtnetlink {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #reply = Buffer.alloc(MOST_BYTES);
  readonly #ethernet = new Map<number, Uint8Array | null>();

  /** @throws SystemError where netlink is not allowed */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#fd = checked(libc, 'socket(AF_NETLINK)', libc.socket(AF_NETLINK, SOCK_RAW, 0));
    const second = Buffer.alloc(16);
    second.writeBigInt64LE(1n, 0);
    option(libc, this.#fd, SOL_SOCKET, SO_RCVTIMEO, second);
  }

  /** The way to one station, 4 or 16 bytes. Undefined: there is none, or the address is a broadcast or multicast one here. */
  route(address: Uint8Array): Route | undefined {
    return routeOf(this.#ask(routeQuestion(address)));
  }

  /** Six bytes; null when the interface is not Ethernet. */
  ethernet(link: number): Uint8Array | null {
    const known = this.#ethernet.get(link);
    if (known !== undefined) return known;
    const found = ethernetOf(this.#ask(linkQuestion(link)));
    this.#ethernet.set(link, found);
    return found;
  }

  neighbour(address: Uint8Array, link: number): NeighbourState {
    return neighbourStateOf(this.#ask(neighbourQuestion(address, link)));
  }

  #ask(question: Uint8Array): NetlinkReply {
    checked(this.#libc, 'send(netlink)', this.#libc.send(this.#fd, question, question.length, 0));
    const length = checked(this.#libc, 'recv(netlink)', this.#libc.recv(this.#fd, this.#reply, MOST_BYTES, 0));
    const reply = readReply(this.#reply.subarray(0, length));
    if (reply === undefined) throw new Error('rtnetlink gave a reply that cannot be read');
    return reply;
  }

  close(): void {
    this.#libc.close(this.#fd);
  }
}
