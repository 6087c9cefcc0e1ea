import type { Address } from '../../core/net/address.ts';
import { PortSet } from '../../core/net/port-set.ts';
import { type Instant, toInstant } from '../../core/time.ts';

/** What a scanner's output says of ports of one address, TCP but for `answered`. The sets of TCP share no port. */
export interface Seen {
  readonly address: Address;
  /** Open, by a finished handshake. */
  readonly connected: PortSet;
  /** Open, by the second packet of a handshake alone, or nobody says how. */
  readonly synAck: PortSet;
  /** Answered RST. */
  readonly closed: PortSet;
  /** Were probed and did not answer. */
  readonly silent: PortSet;
  /** Answered over UDP; absent when none did. */
  readonly answered?: PortSet;
  /** Nobody answers for the address, and no port of it was asked. Told only where a reader is asked for it. */
  readonly down?: true;
  /** Null where the output has no times. */
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
}

/** Reads one output as it arrives. All methods throw BadInput, whose message begins with `line N: `. */
export interface Reader {
  /** What this piece of text completed, in the order of the output. */
  write(text: string): readonly Seen[];
  /** Call once, after the last piece. `endedEarly`: the line at which a cut output stops; null when it is whole. */
  end(): { readonly seen: readonly Seen[]; readonly endedEarly: number | null };
  /** `nmap 7.93`, `masscan` ... */
  readonly scanner: string;
  /** What was read and says nothing about an open TCP port: `udp`, `closed` ... -> number of ports. */
  readonly leftOut: ReadonlyMap<string, number>;
}

export const NOTHING: readonly Seen[] = [];

/** One open port. */
export function openPort(address: Address, port: number, how: 'connected' | 'synAck', at: Instant | null): Seen {
  const ports = PortSet.of(port);
  return {
    address,
    connected: how === 'connected' ? ports : PortSet.EMPTY,
    synAck: how === 'synAck' ? ports : PortSet.EMPTY,
    closed: PortSet.EMPTY,
    silent: PortSet.EMPTY,
    startedAt: at,
    finishedAt: at,
  };
}

/** Counts what was left out. */
export class LeftOut extends Map<string, number> {
  add(what: string, ports = 1): void {
    this.set(what, (this.get(what) ?? 0) + ports);
  }
}

let lastSecond: { readonly text: string | null; readonly at: Instant } = { text: null, at: '' };

/** Seconds since 1970 to the year 2100, as masscan and nmap write them; undefined for anything else. */
export function instantOfSeconds(text: string | number | undefined): Instant | undefined {
  // Thousands of records have the same time.
  if (text === lastSecond.text) return lastSecond.at;
  const seconds = Number(text);
  if (text === '' || !(seconds > 0 && seconds < 4_102_444_800)) return undefined;
  lastSecond = { text: String(text), at: toInstant(Math.trunc(seconds) * 1_000) };
  return lastSecond.at;
}
