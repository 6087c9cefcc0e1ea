import type { AddressResult, OpenPort } from '../fingerprints/shard-result.ts';
import type { Address } from '../net/address.ts';
import { type PortRange, PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';
import type { Instant } from '../time.ts';
import type { AliveHow } from './liveness/alive.ts';

/** What a scan found out about some ports; `tries`: the answers and silences behind it. */
export interface Seen {
  readonly ports: readonly number[] | Uint16Array;
  readonly state: 'open' | 'closed' | 'filtered' | 'unknown';
  readonly reason: string;
  readonly rttMs: number | null;
  readonly tries: number;
}

/** What a port was seen as, in `#states`; 0 is not seen. */
const CODES = { open: 1, closed: 2, filtered: 3, unknown: 4 } as const satisfies Record<Seen['state'], number>;

/** Every port, and the one that a byte is kept for besides: 0. */
const PORTS = 65_536;

/** The ports of an address as text. */
interface Sets {
  readonly covered: string;
  readonly closed: string;
  readonly unknown: string;
}

/**
 * Gathers the observations of one address into its result. One byte a port, as lists of 65,535 numbers would cost more than the scan, and no
 * longer than until all of its ports were seen, as 65,536 addresses would cost 4 GB.
 */
export class AddressTally {
  readonly #size: number;
  #states: Uint8Array | null = null;
  #left: number;
  #sets: Sets | null = null;
  #open: OpenPort[] | null = null;
  #reasons: Record<string, number> | null = null;
  #tries = Infinity;
  #alive: AliveHow | null = null;

  /** `size`: how many ports of the address are scanned. */
  constructor(size: number = PORTS) {
    this.#size = size;
    this.#left = size;
  }

  add(seen: Seen): void {
    const { ports, state, reason, tries } = seen;
    if (ports.length === 0) return;
    const states = this.#write();
    const code = CODES[state];
    for (const port of ports) {
      if (states[port] === 0) this.#left -= 1;
      states[port] = code;
    }
    if (state === 'open') {
      const how = reason === 'open-then-reset' || reason === 'syn-ack' || reason === 'answered' ? reason : 'connected';
      this.#open ??= [];
      for (const port of ports) this.#open.push({ port, reason: how, rttMs: seen.rttMs ?? 0, tries });
    } else if (state === 'unknown') {
      this.#reasons ??= {};
      this.#reasons[reason] = (this.#reasons[reason] ?? 0) + ports.length;
    } else if (tries < this.#tries) this.#tries = tries;
    if (this.#left > 0) return;
    this.#sets = setsOf(states);
    this.#states = null;
  }

  /** The byte of each port, also of an address that was complete. */
  #write(): Uint8Array {
    if (this.#states !== null) return this.#states;
    const states = new Uint8Array(PORTS);
    this.#states = states;
    if (this.#sets === null) return states;
    const { covered, closed, unknown } = this.#sets;
    this.#sets = null;
    const fill = (text: string, code: number): void => {
      for (const [from, to] of PortSet.parse(text).ranges) states.fill(code, from, to + 1);
    };
    fill(covered, CODES.filtered);
    fill(closed, CODES.closed);
    fill(unknown, CODES.unknown);
    for (const { port } of this.#open ?? []) states[port] = CODES.open;
    return states;
  }

  alive(how: AliveHow): void {
    this.#alive ??= how;
  }

  /** Undefined when nothing was seen. `probes` is the least number of answers or silences behind any closed or filtered port. */
  result(
    address: Address,
    startedAt: Instant,
    finishedAt: Instant,
    protocol: Protocol = 'tcp',
  ): AddressResult | undefined {
    if (this.#left === this.#size && this.#alive === null) return undefined;
    const sets = this.#sets ?? setsOf(this.#states);
    return {
      address,
      protocol,
      covered: sets.covered,
      open: (this.#open ?? []).sort((a, b) => a.port - b.port),
      closed: sets.closed,
      unknown: sets.unknown,
      unknownReasons: this.#reasons ?? {},
      ...(this.#alive !== null && { alive: this.#alive }),
      probes: Number.isFinite(this.#tries) ? this.#tries : 1,
      startedAt,
      finishedAt,
    };
  }
}

function setsOf(states: Uint8Array | null): Sets {
  const ranges = rangesOf(states ?? new Uint8Array(0));
  const where = (...codes: number[]): string =>
    PortSet.fromRanges(codes.flatMap((code) => ranges[code] ?? [])).toString();
  return {
    covered: where(CODES.open, CODES.closed, CODES.filtered, CODES.unknown),
    closed: where(CODES.closed),
    unknown: where(CODES.unknown),
  };
}

/** For each code the ranges of ports that have it. */
function rangesOf(states: Uint8Array): PortRange[][] {
  const ranges: PortRange[][] = [[], [], [], [], []];
  let from = 0;
  for (let port = 1; port <= states.length; port += 1) {
    const code = states[from] ?? 0;
    if (states[port] === code) continue;
    ranges[code]?.push([from, port - 1]);
    from = port;
  }
  return ranges;
}
