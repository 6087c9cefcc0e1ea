import { bytesOf, textOfBytes } from '../../../core/net/address-number.ts';
import type { Address } from '../../../core/net/address.ts';
import {
  ethernetOf,
  lacksSource,
  linkNameOf,
  linkQuestion,
  linkStateOf,
  neighbourOf,
  neighbourQuestion,
  type Route,
  routeOf,
  routeQuestion,
} from '../../../core/scanning/netlink.ts';
import type { Reach, ReachOf } from '../external/reach.ts';
import type { Libc } from '../sockets/libc.ts';
import { Netlink } from '../sockets/netlink-socket.ts';
import { errnoName } from '../sockets/sockets.ts';
import { askLinks, keyOf, type Question } from './link-questions.ts';

const [EADDRNOTAVAIL, ENETUNREACH] = [99, 101] as const;

/** An Ethernet address in the way of a target, that of the router or its own. */
interface Hop extends Question {
  readonly linkName: string;
  readonly source: Uint8Array;
  readonly near: boolean;
}

interface Link {
  readonly name: string;
  readonly up: boolean;
  readonly ethernet: Uint8Array | null;
}

/**
 * How whole Ethernet frames get to the addresses, for a program that has to be told: by what the kernel knows of routes, links and neighbours, and
 * where it does not know a neighbour by asking the link, at most `rate` questions a second. @throws SystemError
 */
export async function frameReach(
  libc: Libc,
  addresses: readonly Address[],
  rate: number,
  signal: AbortSignal,
): Promise<ReachOf> {
  const netlink = new Netlink(libc);
  try {
    const hops = hopsOf(netlink, addresses);
    const questions = new Map<string, Question>();
    const known = new Map<string, Uint8Array>();
    for (const hop of hops.values()) {
      const key = 'link' in hop ? keyOf(hop) : null;
      if (key === null || !('link' in hop) || known.has(key) || questions.has(key)) continue;
      const mac = neighbourOf(netlink.ask(neighbourQuestion(hop.address, hop.link)));
      if (typeof mac !== 'string') known.set(key, mac);
      else questions.set(key, hop);
    }
    for (const [key, mac] of await askLinks(libc, [...questions.values()], rate, signal)) known.set(key, mac);
    return (address) => {
      const hop = hops.get(address);
      if (hop === undefined) return { kind: 'failed', reason: errnoName(ENETUNREACH) };
      return 'link' in hop ? reachBy(hop, known.get(keyOf(hop))) : hop;
    };
  } finally {
    netlink.close();
  }
}

function hopsOf(netlink: Netlink, addresses: readonly Address[]): ReadonlyMap<Address, Hop | Reach> {
  const links = new Map<number, Link>();
  const linkAt = (index: number): Link => {
    const known = links.get(index);
    if (known !== undefined) return known;
    const reply = netlink.ask(linkQuestion(index));
    const link = { name: linkNameOf(reply), up: linkStateOf(reply).up, ethernet: ethernetOf(reply) };
    links.set(index, link);
    return link;
  };
  return new Map(
    addresses.map((address) => {
      const bytes = bytesOf(address);
      const reply = netlink.ask(routeQuestion(bytes));
      if (reply.error !== 0) return [address, { kind: 'failed', reason: errnoName(reply.error) }];
      const route = routeOf(reply);
      if (route !== undefined) return [address, hopOf(route, bytes, linkAt(route.link))];
      return [address, { kind: 'failed', reason: errnoName(lacksSource(reply) ? EADDRNOTAVAIL : ENETUNREACH) }];
    }),
  );
}

function hopOf(route: Route, target: Uint8Array, { name, up, ethernet }: Link): Hop | Reach {
  if (ethernet === null) return { kind: 'refused', why: noEthernet(name) };
  if (!up) return { kind: 'failed', reason: 'ENETDOWN' };
  const { link, source, gateway } = route;
  const address = gateway ?? target;
  if (address.length !== source.length) return { kind: 'refused', why: otherFamily(name) };
  return { link, linkName: name, source, near: gateway === null, address, asker: { mac: ethernet, address: source } };
}

function noEthernet(link: string): string {
  return `it is reached through ${link}, which is no Ethernet, and masscan sends Ethernet frames only: use the syn or the connect engine`;
}

function otherFamily(link: string): string {
  return `its router on ${link} has an address of the other family, which masscan is not started for: use the syn or the connect engine`;
}

function reachBy({ linkName, source, near }: Hop, mac: Uint8Array | undefined): Reach {
  if (mac === undefined) return { kind: 'failed', reason: 'EHOSTUNREACH' };
  const router = source.length === 4 ? '--router-mac' : '--router-mac-ipv6';
  const colons = Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join(':');
  const options = ['--interface', linkName, '--source-ip', textOfBytes(source), router, colons];
  return { kind: 'there', options, near };
}
