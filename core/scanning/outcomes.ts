/**
 * What the end of one connection attempt says.
 * `open`: a finished handshake. `wrapped`: accepted, then reset. `closed`: RST or ICMP port unreachable. `silent`: no answer in time.
 * `unreachable`: a router, a firewall or this host says there is no way. `local`: our own shortage, try again. `failed`: anything else.
 */
export type Outcome = 'open' | 'wrapped' | 'closed' | 'silent' | 'unreachable' | 'local' | 'failed';

/** Reason names that are not an errno. */
export const TIMED_OUT = 'no-answer';
export const SELF_CONNECT = 'self-connect';
export const EVENT_LOOP_LAG = 'event-loop-lag';
export const NEIGHBOURS_FULL = 'neighbours-full';
/** Nobody on this machine's own link has the address. */
export const NO_NEIGHBOUR = 'no-neighbour';
/** The address is the broadcast address of a link of ours: no machine can have it. */
export const BROADCAST = 'broadcast-address';
/** Why silence says nothing. */
export const VOID_SILENCE: ReadonlySet<string> = new Set([EVENT_LOOP_LAG, NEIGHBOURS_FULL]);

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  ECONNREFUSED: 'closed',
  ETIMEDOUT: 'silent',
  [TIMED_OUT]: 'silent',
  ECONNRESET: 'wrapped',
  ENOTCONN: 'wrapped',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  // ICMPv6 "prohibited" (codes 1, 5, 6), and ICMP "protocol unreachable" and "host isolated", as Linux gives them to a connection.
  EACCES: 'unreachable',
  ENOPROTOOPT: 'unreachable',
  ENONET: 'unreachable',
  EMFILE: 'local',
  ENFILE: 'local',
  EADDRNOTAVAIL: 'local',
  EADDRINUSE: 'local',
  ENOBUFS: 'local',
  ENOMEM: 'local',
  EAGAIN: 'local',
  [SELF_CONNECT]: 'local',
};

/** `code`: errno name or one of the reasons above; null: the handshake finished. A code that is not known is `failed`, never a state. */
export function outcomeOf(code: string | null): Outcome {
  return code === null ? 'open' : (OUTCOMES[code] ?? 'failed');
}

/** How often one probe is tried again after a shortage of our own, before it is given up as unknown. */
export const MAX_LOCAL_FAULTS = 8;
/** How often one probe is tried again because its silence says nothing. */
export const MAX_VOIDED = 3;

/** Pause after the n-th shortage in a row (n from 1): 20, 40 ... 640 ms. */
export function pauseMs(inRow: number): number {
  return 20 * 2 ** Math.min(Math.max(inRow, 1) - 1, 5);
}
