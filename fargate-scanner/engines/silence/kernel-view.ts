import { readFileSync } from 'node:fs';
import type { Address } from '../../../core/net/address.ts';
import { bytesOf } from '../../../core/net/address-number.ts';
import { linkQuestion, neighbourQuestion, routeQuestion } from '../../../core/scanning/netlink.ts';
import {
  hopStateOf,
  type LinkSeen,
  linkSeenOf,
  type NextHop,
  nextHopOf,
  type WayThere,
  wayBy,
} from '../../../core/scanning/way-there.ts';
import type { Libc } from '../sockets/libc.ts';
import { linkIndexOf } from '../sockets/link-index.ts';
import { Netlink } from '../sockets/netlink-socket.ts';
import type { LocalView } from './local-view.ts';

/** How long what was seen of an interface, and of a way, holds (ms). */
const LINK_MS = 100;
const WAY_MS = 1_000;

/** Asks the kernel by rtnetlink. */
export class KernelView implements LocalView {
  readonly #netlink: Netlink;
  readonly #links = new Map<number, { readonly losses: number; seen: LinkSeen; at: number }>();
  readonly #ways = new Map<Address, { readonly way: WayThere; readonly link: number; readonly until: number }>();

  /** Before the first packet: an interface that loses its carrier from now on is noticed. @throws SystemError where netlink is not allowed */
  constructor(libc: Libc, now: number) {
    this.#netlink = new Netlink(libc);
    try {
      for (const name of linkNames()) this.#linkAt(linkIndexOf(name), now);
    } catch (thrown) {
      this.#netlink.close();
      throw thrown;
    }
  }

  look(address: Address, asked: boolean, now: number): WayThere {
    const known = this.#ways.get(address);
    if (known !== undefined && now < known.until && this.#carried(known.link, now)) {
      if (!asked || known.way.kind === 'nobody') return known.way;
    }
    const bytes = bytesOf(address);
    const hop = nextHopOf(this.#netlink.ask(routeQuestion(bytes)), bytes);
    if ('kind' in hop) return hop;
    if (!this.#carried(hop.link, now)) return { kind: 'failed', reason: 'ENETDOWN' };
    const way = this.#wayBy(hop, asked, now);
    if (way.kind !== 'asking') this.#ways.set(address, { way, link: hop.link, until: now + WAY_MS });
    return way;
  }

  #wayBy(hop: NextHop, asked: boolean, now: number): WayThere {
    if (!this.#linkAt(hop.link, now).seen.ethernet) return { kind: 'reached' };
    return wayBy(hop.router, hopStateOf(this.#netlink.ask(neighbourQuestion(hop.address, hop.link))), asked);
  }

  /** Whether the interface has had its carrier since this view was opened. */
  #carried(index: number, now: number): boolean {
    const { losses, seen } = this.#linkAt(index, now);
    return seen.up && seen.losses === losses;
  }

  #linkAt(index: number, now: number): { readonly losses: number; readonly seen: LinkSeen } {
    const known = this.#links.get(index);
    if (known !== undefined && now - known.at < LINK_MS) return known;
    const seen = linkSeenOf(this.#netlink.ask(linkQuestion(index)));
    const link = known ?? { losses: seen.losses, seen, at: now };
    link.seen = seen;
    link.at = now;
    this.#links.set(index, link);
    return link;
  }

  close(): void {
    this.#netlink.close();
  }
}

/** All interfaces, those that are down too; none where the kernel does not tell. Not from /sys, which may be that of another network namespace. */
function linkNames(): string[] {
  try {
    const lines = readFileSync('/proc/net/dev', 'utf8').split('\n');
    return lines.flatMap((line) => /^\s*(\S+):/.exec(line)?.[1] ?? []);
  } catch {
    return [];
  }
}
