import type { AddressResult, OpenPort } from '../fingerprints/shard-result.ts';
import type { Address } from '../net/address.ts';
import { type PortRange, PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';
import type { Instant } from '../time.ts';
import type { AliveHow } from './liveness/alive.ts';
import { PortIndex } from './port-index.ts';
import { PortRuns } from './port-runs.ts';

/** What a scan found out about some ports; `tries`: the answers and silences behind it. */
export interface Seen {
  readonly ports: readonly number[] | PortRuns;
  readonly state: 'open' | 'closed' | 'filtered' | 'unknown';
  readonly reason: string;
  readonly rttMs: number | null;
  readonly tries: number;
}

/** What a port was seen as, in `#states`; 0 is not seen. */
const CODES = { closed: 1, filtered: 2, unknown: 3 } as const satisfies Record<Exclude<Seen['state'], 'open'>, number>;

/** The ports of an address as text. */
interface Sets {
  readonly covered: string;
  readonly closed: string;
  readonly unknown: string;
}

/** One for all, as most addresses of a large scan have neither. */
const NONE_OPEN: OpenPort[] = [];
const NO_REASONS: Record<string, number> = {};
Object.freeze(NONE_OPEN);
Object.freeze(NO_REASONS);

/** Zeroed bytes for the next tally: memory that is dropped stays until it is collected, 64 KiB for each address of a full scan. */
export interface Spare {
  bytes: Uint8Array | null;
}

const ALL = new PortIndex(PortSet.ALL.ranges);

/** Gathers the observations of one address into its result. One byte a port: lists of 65,535 numbers would cost more than the scan. */
export class AddressTally {
  readonly #ports: PortIndex;
  readonly #spare: Spare;
  /** Of all ports but the open ones. */
  #states: Uint8Array | null = null;
  #left: number;
  #open: OpenPort[] | null = null;
  #reasons: Record<string, number> | null = null;
  #tries = Infinity;
  #alive: AliveHow | null = null;

  /** `ports`: what of the address is scanned; nothing else is listened to. `spare`: memory that another tally gave back. */
  constructor(ports: PortIndex = ALL, spare: Spare = { bytes: null }) {
    this.#ports = ports;
    this.#spare = spare;
    this.#left = ports.size;
  }

  add(seen: Seen): void {
    const { ports, state, reason, tries } = seen;
    if (ports.length === 0) return;
    if (state === 'open') {
      const how = reason === 'open-then-reset' || reason === 'syn-ack' || reason === 'answered' ? reason : 'connected';
      for (const port of ports) this.#addOpen({ port, reason: how, rttMs: seen.rttMs ?? 0, tries });
    } else {
      this.#write(ports, CODES[state]);
      if (state === 'unknown') {
        this.#reasons ??= {};
        this.#reasons[reason] = (this.#reasons[reason] ?? 0) + ports.length;
      } else if (tries < this.#tries) this.#tries = tries;
    }
  }

  /** Whether all of its ports were seen. */
  get isComplete(): boolean {
    return this.#left <= 0;
  }

  #addOpen(open: OpenPort): void {
    if (this.#ports.indexOf(open.port) === -1) return;
    this.#open ??= [];
    this.#open.push(open);
    this.#left -= 1;
  }

  #write(ports: Seen['ports'], code: number): void {
    const states = (this.#states ??= this.#take());
    if (!(ports instanceof PortRuns)) {
      for (const port of ports) this.#writeOne(states, this.#ports.indexOf(port), code);
      return;
    }
    const { ends } = ports;
    for (let i = 0; i < ends.length; i += 2) {
      const [from, to] = [ends[i] ?? 0, ends[i + 1] ?? 0];
      const at = this.#ports.runAt(from, to);
      for (let port = from; port <= to; port += 1) {
        this.#writeOne(states, at === -1 ? this.#ports.indexOf(port) : at + port - from, code);
      }
    }
  }

  #writeOne(states: Uint8Array, index: number, code: number): void {
    if (index === -1) return;
    if (states[index] === 0) this.#left -= 1;
    states[index] = code;
  }

  #take(): Uint8Array {
    const { bytes } = this.#spare;
    if (bytes?.length !== this.#ports.size) return new Uint8Array(this.#ports.size);
    this.#spare.bytes = null;
    return bytes;
  }

  /** Nothing more is asked of this tally: its memory is for the next. */
  giveBack(): void {
    if (this.#states === null) return;
    this.#spare.bytes = this.#states.fill(0);
    this.#states = null;
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
    if (this.#left === this.#ports.size && this.#alive === null) return undefined;
    const sets = this.#read();
    return {
      address,
      protocol,
      covered: sets.covered,
      open: this.#open?.sort((a, b) => a.port - b.port) ?? NONE_OPEN,
      closed: sets.closed,
      unknown: sets.unknown,
      unknownReasons: this.#reasons ?? NO_REASONS,
      ...(this.#alive !== null && { alive: this.#alive }),
      probes: Number.isFinite(this.#tries) ? this.#tries : 1,
      startedAt,
      finishedAt,
    };
  }

  #read(): Sets {
    const ranges = this.#ranges();
    const open = (this.#open ?? []).map(({ port }): PortRange => [port, port]);
    const where = (...lists: readonly PortRange[][]): string => PortSet.fromRanges(lists.flat()).toString();
    const { closed, filtered, unknown } = ranges;
    return { covered: where(open, closed, filtered, unknown), closed: where(closed), unknown: where(unknown) };
  }

  #ranges(): Record<keyof typeof CODES, PortRange[]> {
    const ranges: Record<keyof typeof CODES, PortRange[]> = { closed: [], filtered: [], unknown: [] };
    const names = [null, 'closed', 'filtered', 'unknown'] as const;
    let from = 0;
    let code = 0;
    let last = 0;
    for (let index = 0; index < (this.#states?.length ?? 0); index += 1) {
      const [port, now] = [this.#ports.portAt(index), this.#states?.[index] ?? 0];
      if (now === code && port === last + 1) {
        last = port;
        continue;
      }
      const name = names[code] ?? null;
      if (name !== null) ranges[name].push([from, last]);
      [from, last, code] = [port, port, now];
    }
    const name = names[code] ?? null;
    if (name !== null) ranges[name].push([from, last]);
    return ranges;
  }
}
