import {
  ethernetOf,
  lacksSource,
  type LinkState,
  linkStateOf,
  linkQuestion,
  neighbourOf,
  neighbourQuestion,
  routeOf,
  routeQuestion,
} from '../../../../core/scanning/netlink.ts';
import { SynWriter } from '../../../../core/scanning/syn/syn-frame.ts';
import { Lane } from './lane.ts';
import type { Libc } from '../../sockets/libc.ts';
import { Netlink } from '../../sockets/netlink-socket.ts';
import { errnoName } from '../../sockets/sockets.ts';

const [EADDRNOTAVAIL, ENETUNREACH] = [99, 101] as const;

/** The next hop of some targets on an Ethernet link. */
export interface NextHop {
  readonly link: number;
  readonly address: Uint8Array;
  /** Null: not known yet. */
  mac: Uint8Array | null;
  /** A packet went out that makes the kernel ask. */
  asked: boolean;
}

export interface Way {
  /** Number of the interface. */
  readonly link: number;
  readonly writer: SynWriter;
  readonly raw: Lane;
  /** Null: no Ethernet between; the raw lane is the only one. */
  readonly packet: { readonly lane: Lane; readonly hop: NextHop } | null;
}

/** Finds the way to addresses by rtnetlink, and keeps the sockets that lead there. */
export class Ways {
  readonly #libc: Libc;
  readonly #netlink: Netlink;
  readonly #lanes = new Map<string, Lane>();
  readonly #writers = new Map<string, SynWriter>();
  readonly #hops = new Map<string, NextHop>();
  readonly #ways = new Map<string, Way>();
  readonly #ethernet = new Map<number, Uint8Array | null>();
  readonly #kernelOnly: boolean;

  /** `kernelOnly`: every packet is routed by the kernel. @throws SystemError */
  constructor(libc: Libc, kernelOnly: boolean) {
    this.#libc = libc;
    this.#kernelOnly = kernelOnly;
    this.#netlink = new Netlink(libc);
  }

  get lanes(): Iterable<Lane> {
    return this.#lanes.values();
  }

  /** The way to an address (4 or 16 bytes), or the errno's name when there is none. */
  to(address: Uint8Array): Way | string {
    const reply = this.#netlink.ask(routeQuestion(address));
    if (reply.error !== 0) return errnoName(reply.error);
    const route = routeOf(reply);
    if (route === undefined) return errnoName(lacksSource(reply) ? EADDRNOTAVAIL : ENETUNREACH);
    const { link } = route;
    const family = address.length === 4 ? 4 : 6;
    const sourceText = Buffer.from(route.source).toString('hex');
    const writer = this.#writers.get(sourceText) ?? new SynWriter(route.source);
    this.#writers.set(sourceText, writer);
    const raw = this.#lane(`raw ${family}`, () => Lane.raw(this.#libc, family));
    const ethernet = route.own || this.#kernelOnly ? null : this.#ethernetOf(link);
    if (ethernet === null) return { link, writer, raw, packet: null };
    const lane = this.#lane(`${link} ${family}`, () => Lane.packet(this.#libc, family, link, ethernet));
    const next = route.gateway ?? address;
    const key = `${link} ${Buffer.from(next).toString('hex')}`;
    // Everything behind one router goes the same way.
    const known = this.#ways.get(`${key} ${sourceText}`);
    if (known !== undefined) return known;
    const hop = this.#hops.get(key) ?? { link, address: next.slice(), mac: null, asked: false };
    this.#hops.set(key, hop);
    const way = { link, writer, raw, packet: { lane, hop } };
    this.#ways.set(`${key} ${sourceText}`, way);
    return way;
  }

  /** Looks the next hop up in the kernel's table. `changed`: it was known, and has another address now. */
  resolve(hop: NextHop): 'known' | 'changed' | 'failed' | 'unknown' {
    const found = neighbourOf(this.#netlink.ask(neighbourQuestion(hop.address, hop.link)));
    if (typeof found === 'string') return found;
    const before = hop.mac;
    if (before !== null && Buffer.from(before).equals(found)) return 'known';
    hop.mac = found;
    return before === null ? 'known' : 'changed';
  }

  stateOf(link: number): LinkState {
    return linkStateOf(this.#netlink.ask(linkQuestion(link)));
  }

  #lane(key: string, make: () => Lane): Lane {
    const lane = this.#lanes.get(key) ?? make();
    this.#lanes.set(key, lane);
    return lane;
  }

  #ethernetOf(link: number): Uint8Array | null {
    const known = this.#ethernet.get(link);
    if (known !== undefined) return known;
    const found = ethernetOf(this.#netlink.ask(linkQuestion(link)));
    this.#ethernet.set(link, found);
    return found;
  }

  close(): void {
    this.#netlink.close();
    for (const lane of this.#lanes.values()) lane.close();
  }
}
