import {
  ethernetOf,
  linkQuestion,
  neighbourQuestion,
  type Route,
  routeOf,
  routeQuestion,
} from '../../../core/scanning/syn/netlink.ts';
import { type NeighbourState, neighbourStateOf } from '../../../core/scanning/liveness/neighbour-state.ts';
import type { Libc } from '../syn/libc.ts';
import { Netlink } from '../syn/netlink-socket.ts';

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

  neighbour(address: Uint8Array, link: number): NeighbourState {
    return neighbourStateOf(this.#netlink.ask(neighbourQuestion(address, link)));
  }

  close(): void {
    this.#netlink.close();
  }
}
