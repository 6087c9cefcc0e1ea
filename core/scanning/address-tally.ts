import type { AddressResult, OpenPort } from '../fingerprints/shard-result.ts';
import type { Address } from '../net/address.ts';
import { type PortRange, PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';
import type { Instant } from '../time.ts';
import type { AliveHow } from './liveness/alive.ts';

/** What a scan found out about some ports; `tries`: the answers and silences behind it. */
export interface Seen {
  readonly ports: readonly number[];
  readonly state: 'open' | 'closed' | 'filtered' | 'unknown';
  readonly reason: string;
  readonly rttMs: number | null;
  readonly tries: number;
}

/** What a port was seen as, in `#states`; 0 is not seen. */
const CODES = { open: 1, closed: 2, filtered: 3, unknown: 4 } as const satisfies Record<Seen['state'], number>;

/** Gathers the observations of one address into its result. One byte a port: lists of 65,535 numbers would cost more than the scan. */
export class AddressTally {
  readonly #states = new Uint8Array(65_536);
  readonly #open: OpenPort[] = [];
  readonly #reasons: Record<string, number> = {};
  #tries = Infinity;
  #seen = false;
  #alive: AliveHow | null = null;

  add(seen: Seen): void {
    const { ports, state, reason, tries } = seen;
    if (ports.length === 0) return;
    this.#seen = true;
    const code = CODES[state];
    for (const port of ports) this.#states[port] = code;
    if (state === 'open') {
      const how = reason === 'open-then-reset' || reason === 'syn-ack' || reason === 'answered' ? reason : 'connected';
      for (const port of ports) this.#open.push({ port, reason: how, rttMs: seen.rttMs ?? 0, tries });
    } else if (state === 'unknown') this.#reasons[reason] = (this.#reasons[reason] ?? 0) + ports.length;
    else if (tries < this.#tries) this.#tries = tries;
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
    if (!this.#seen && this.#alive === null) return undefined;
    const ranges = this.#ranges();
    const where = (...codes: number[]): string =>
      PortSet.fromRanges(codes.flatMap((code) => ranges[code] ?? [])).toString();
    return {
      address,
      protocol,
      covered: where(CODES.open, CODES.closed, CODES.filtered, CODES.unknown),
      open: this.#open.sort((a, b) => a.port - b.port),
      closed: where(CODES.closed),
      unknown: where(CODES.unknown),
      unknownReasons: this.#reasons,
      ...(this.#alive !== null && { alive: this.#alive }),
      probes: Number.isFinite(this.#tries) ? this.#tries : 1,
      startedAt,
      finishedAt,
    };
  }

  /** For each code the ranges of ports that have it. */
  #ranges(): PortRange[][] {
    const ranges: PortRange[][] = [[], [], [], [], []];
    let from = 0;
    for (let port = 1; port <= this.#states.length; port += 1) {
      const code = this.#states[from] ?? 0;
      if (this.#states[port] === code) continue;
      ranges[code]?.push([from, port - 1]);
      from = port;
    }
    return ranges;
  }
}
