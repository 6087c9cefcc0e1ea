import { messageOf } from '../../../core/errors.ts';
import type { Route } from '../../../core/scanning/netlink.ts';
import type { Libc } from '../sockets/libc.ts';
import { IcmpSocket } from './icmp-socket.ts';
import { LinkSocket } from './link-socket.ts';
import { Rtnetlink } from './rtnetlink.ts';

/** The sockets of one scan that are not TCP, opened when first needed, and what could not be opened. */
export class Means {
  readonly #libc: Libc | null;
  readonly #icmp = new Map<4 | 6, IcmpSocket | null>();
  readonly #links = new Map<string, LinkSocket | null>();
  readonly #missing = new Set<string>();
  /** Null: nothing is known of ways and neighbours. */
  readonly kernel: Rtnetlink | null;

  /** `libc`: or why there is none. Never throws. */
  constructor(libc: Libc | string) {
    this.#libc = typeof libc === 'string' ? null : libc;
    if (typeof libc === 'string') this.#missing.add(`neither ICMP nor ARP: ${libc}`);
    this.kernel = this.#libc === null ? null : this.#open('ARP', (it) => new Rtnetlink(it));
  }

  /** What is not possible here and why, as sentences without full stop. */
  get missing(): string[] {
    return [...this.#missing];
  }

  icmp(family: 4 | 6): IcmpSocket | null {
    const known = this.#icmp.get(family);
    if (known !== undefined) return known;
    const opened = this.#libc === null ? null : this.#openIcmp(this.#libc, family);
    this.#icmp.set(family, opened);
    return opened;
  }

  #openIcmp(libc: Libc, family: 4 | 6): IcmpSocket | null {
    const opened = IcmpSocket.open(libc, family);
    if ('denied' in opened) {
      const [raw, ping] = opened.denied;
      this.#missing.add(
        `no ICMP to IPv${family}: a raw socket needs CAP_NET_RAW (${raw}), a ping socket a group of net.ipv4.ping_group_range (${ping})`,
      );
      return null;
    }
    if (!opened.raw && family === 4) this.#missing.add('no ICMP timestamp: a raw socket needs CAP_NET_RAW');
    return opened;
  }

  /** Asks on the link that the route leads to; null when this process may not, or the link is not Ethernet. */
  link(route: Route): LinkSocket | null {
    const key = `${route.link} ${Buffer.from(route.source).toString('hex')}`;
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    const mac = this.kernel?.ethernet(route.link) ?? null;
    const asker = mac === null ? null : { mac, address: route.source };
    const opened =
      asker === null ? null : this.#open('ARP of its own', (libc) => new LinkSocket(libc, route.link, asker));
    this.#links.set(key, opened);
    return opened;
  }

  #open<T>(what: string, make: (libc: Libc) => T): T | null {
    if (this.#libc === null) return null;
    try {
      return make(this.#libc);
    } catch (thrown) {
      this.#missing.add(`no ${what}: ${messageOf(thrown)}`);
      return null;
    }
  }

  *icmpSockets(): Generator<readonly [family: 4 | 6, socket: IcmpSocket]> {
    for (const [family, socket] of this.#icmp) if (socket !== null) yield [family, socket];
  }

  *linkSockets(): Generator<LinkSocket> {
    for (const socket of this.#links.values()) if (socket !== null) yield socket;
  }

  close(): void {
    this.kernel?.close();
    for (const [, socket] of this.icmpSockets()) socket.close();
    for (const socket of this.linkSockets()) socket.close();
    this.#icmp.clear();
    this.#links.clear();
  }
}
