import { ethernetOf, lacksSource, type LinkState, linkStateOf, type NetlinkReply, routeOf } from './netlink.ts';

/**
 * What this machine knows of its way to an address, to judge silence by. `reached`: nothing on this side explains it. `asking`: it is not known yet who
 * has the address, or the router's. `nobody`: no machine of this machine's own link has the address. `broadcast`: it is the broadcast address of
 * such a link. `failed`: nothing can have left, for that reason (the errno's name).
 */
export type WayThere =
  | { readonly kind: 'reached' | 'asking' | 'nobody' | 'broadcast' }
  | { readonly kind: 'failed'; readonly reason: 'EADDRNOTAVAIL' | 'EHOSTUNREACH' | 'ENETDOWN' | 'ENETUNREACH' };

/** What is next on the way: a machine on the link `link`. `address`: its own, or the router's. */
export interface NextHop {
  readonly link: number;
  readonly address: Uint8Array;
  readonly router: boolean;
}

const BROADCAST = 3;

/** The next hop on a way that rtnetlink gave, or what there is to say without one. */
export function nextHopOf(reply: NetlinkReply, address: Uint8Array): NextHop | WayThere {
  const route = routeOf(reply);
  if (route !== undefined) {
    if (route.own) return { kind: 'reached' };
    return { link: route.link, address: route.gateway ?? address, router: route.gateway !== null };
  }
  if (reply.error === 0 && reply.fixed[7] === BROADCAST) return { kind: 'broadcast' };
  return { kind: 'failed', reason: lacksSource(reply) ? 'EADDRNOTAVAIL' : 'ENETUNREACH' };
}

/** What the kernel knows of a machine on a link: `known` who it is or does not need to, is `asking` for the first time, `failed` to find out, or `none` of it. */
export type HopState = 'known' | 'asking' | 'failed' | 'none';

const [INCOMPLETE, FAILED, NONE] = [0x01, 0x20, 0x00] as const;

export function hopStateOf(reply: NetlinkReply): HopState {
  if (reply.error !== 0) return 'none';
  const state = (reply.fixed[8] ?? 0) | ((reply.fixed[9] ?? 0) << 8);
  if (state === INCOMPLETE) return 'asking';
  if (state === FAILED) return 'failed';
  return state === NONE ? 'none' : 'known';
}

/** An interface, and whether those at its other end are found by asking for them. */
export interface LinkSeen extends LinkState {
  readonly ethernet: boolean;
}

export function linkSeenOf(reply: NetlinkReply): LinkSeen {
  return { ...linkStateOf(reply), ethernet: ethernetOf(reply) !== null };
}

/** `asked`: it was asked for in vain, by what the kernel or the engine said, or long enough: also where the kernel asks again or has forgotten it. */
export function wayBy(router: boolean, state: HopState, asked: boolean): WayThere {
  if (state === 'known' || (state === 'none' && !asked)) return { kind: 'reached' };
  if (state === 'asking' && !asked) return { kind: 'asking' };
  return router ? { kind: 'failed', reason: 'EHOSTUNREACH' } : { kind: 'nobody' };
}
