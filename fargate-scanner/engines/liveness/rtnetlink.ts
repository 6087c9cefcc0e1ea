import {
  ethernetOf,
  linkQuestion,
  type LinkState,
  linkStateOf,
  neighbourOf,
  neighbourQuestion,
  type Route,
  routeOf,
  routeQuestion,
} from '../../../core/scanning/netlink.ts';
import { type NeighbourState, neighbourStateOf } from '../../../core/scanning/liveness/neighbour-state.ts';
import type { Libc } from '../sockets/libc.ts';
import { Netlink } from '../sockets/netlink-socket.ts';

export interface Router {
  readonly address: Uint8Array;
  readonly mac: Uint8Array;
}

/** Addresses for documentation (RFC 5737, RFC 3849): they are on nobody's link. Asking for the way there sends nothing. */
const ELSEWHERE = {
  4: Uint8Array.of(203, 0, 113, 1),
  6: Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
} as const;

/** Asks the kernel about ways, links and neighbours. Needs no privilege. */
export class Rtnetlink {
  readonly #netlink: Netlink;
  readonly #ethernet = new Map<number, Uint8Array | null>();

  /** @throws SystemError where netlink is not allowed */
  constructor(libc: Libc) {
    this.#netlink = new Netlink(libc);
  }

  /** The way to one station, 4 or 16 bytes. Undefined: there is none, or the address is a broadcast or multicast one here. */
  route(address: Uint8Array): Route | undefined {
    return routeOf(this.#netlink.ask(routeQuestion(address)));
  }

  /** Six bytes; null when the interface is not Ethernet. */
  ethernet(link: number): Uint8Array | null {
    const known = this.#ethernet.get(link);
    if (known !== undefined) return known;
    const found = ethernetOf(this.#netlink.ask(linkQuestion(link)));
    this.#ethernet.set(link, found);
    return found;
  }

  linkState(link: number): LinkState {
    return linkStateOf(this.#netlink.ask(linkQuestion(link)));
  }

  neighbour(address: Uint8Array, link: number): NeighbourState {
    return neighbourStateOf(this.#netlink.ask(neighbourQuestion(address, link)));
  }

  /** The router of whatever has no way of its own, as far as the kernel has its Ethernet address. */
  router(family: 4 | 6): Router | null {
    const route = this.route(ELSEWHERE[family]);
    if (route === undefined || route.gateway === null) return null;
    const mac = neighbourOf(this.#netlink.ask(neighbourQuestion(route.gateway, route.link)));
    return typeof mac === 'string' ? null : { address: route.gateway, mac };
  }

  close(): void {
    this.#netlink.close();
  }
}
