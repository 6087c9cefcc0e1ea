import { readFileSync } from 'node:fs';
import { textOfBytes } from '../../../../core/net/address-number.ts';
import type { Address } from '../../../../core/net/address.ts';
import { type DefaultRoute, defaultRoute4, defaultRoute6 } from '../../../../core/scanning/syn/default-routes.ts';
import { ethernetOf, linkQuestion, neighbourOf, neighbourQuestion } from '../../../../core/scanning/netlink.ts';
import { loadLibc } from '../../sockets/libc.ts';
import { linkIndexOf } from '../../sockets/link-index.ts';
import { Netlink } from '../../sockets/netlink-socket.ts';

/** How a SYN to somewhere behind the default route leaves this machine. */
export interface DefaultWay {
  readonly family: 4 | 6;
  readonly link: string;
  /** Null: everything is on the link. */
  readonly gateway: Address | null;
  /** `packet`: whole Ethernet frames by AF_PACKET. `kernel`: IP packets that the kernel routes, where there is no Ethernet. */
  readonly path: 'packet' | 'kernel';
  /** Whether the kernel knows the router's Ethernet address; null where none is needed. */
  readonly neighbour: 'known' | 'unknown' | 'failed' | null;
}

/** The ways of the default routes of IPv4 and IPv6, where there are any. Only asks the kernel: nothing is sent. @throws where there is no Linux */
export function defaultWays(): DefaultWay[] {
  const routes = [defaultRoute4(proc('/proc/net/route')), defaultRoute6(proc('/proc/net/ipv6_route'))];
  const netlink = new Netlink(loadLibc());
  try {
    return routes.flatMap((route) => (route === null ? [] : wayOf(route, netlink)));
  } finally {
    netlink.close();
  }
}

function wayOf({ family, link, gateway: bytes }: DefaultRoute, netlink: Netlink): DefaultWay {
  // Not from /sys, which may be that of another network namespace.
  const index = linkIndexOf(link);
  const gateway = bytes === null ? null : textOfBytes(bytes);
  if (ethernetOf(netlink.ask(linkQuestion(index))) === null) {
    return { family, link, gateway, path: 'kernel', neighbour: null };
  }
  if (bytes === null) return { family, link, gateway, path: 'packet', neighbour: null };
  const found = neighbourOf(netlink.ask(neighbourQuestion(bytes, index)));
  return { family, link, gateway, path: 'packet', neighbour: typeof found === 'string' ? found : 'known' };
}

/** A machine without IPv6 has no file of its routes. */
function proc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
