import type { NetlinkReply } from '../netlink.ts';

const NEIGHBOUR_ADDRESS = 2;
const REACHABLE = 0x02;
/** NOARP, PERMANENT. */
const GIVEN = 0x40 | 0x80;
/** INCOMPLETE, STALE, DELAY, PROBE. */
const BEING_ASKED = 0x01 | 0x04 | 0x08 | 0x10;

/**
 * What the kernel knows of a neighbour: `confirmed` within about half a minute (Linux: REACHABLE), `asking` when that may still change by itself,
 * `given` where it never asks, else `nothing`.
 */
export type NeighbourState =
  | { readonly kind: 'confirmed'; readonly mac: Uint8Array }
  | { readonly kind: 'asking' | 'given' | 'nothing' };

export function neighbourStateOf(reply: NetlinkReply): NeighbourState {
  const state = (reply.fixed[8] ?? 0) | ((reply.fixed[9] ?? 0) << 8);
  if (reply.error !== 0) return { kind: 'nothing' };
  const mac = reply.attributes.get(NEIGHBOUR_ADDRESS);
  if ((state & REACHABLE) !== 0 && mac?.length === 6) return { kind: 'confirmed', mac };
  if ((state & GIVEN) !== 0) return { kind: 'given' };
  return { kind: (state & BEING_ASKED) !== 0 ? 'asking' : 'nothing' };
}
