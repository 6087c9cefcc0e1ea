import { orderOf, permutation } from '../../../../core/scanning/permutation.ts';
import { AddressTable } from '../../../../core/scanning/syn/address-table.ts';
import { Cookies } from '../../../../core/scanning/syn/cookies.ts';
import { PairStates, SILENT } from '../../../../core/scanning/syn/pair-states.ts';
import { PortIndex } from '../../../../core/scanning/port-index.ts';
import { HostLoss } from './host-loss.ts';
import type { WorkerJob, WorkerTargets } from '../messages.ts';
import { RoundTrips } from './round-trips.ts';

/** A shared address may be ahead of its rate by this much (ms), as the connect engine's buckets. */
const BURST_MS = 50;

/** Orders that are kept as lists, 128 KiB at most each; more of them are computed as they are used. */
const LISTED_ORDERS = 32;

/** What a host is at. */
export const SENDING = 1;
export const WAITING = 2;
export const ENDED = 3;

/** The targets of a job as flat arrays, and the order in which their ports are visited. */
export class Hosts {
  readonly count: number;
  readonly targets: WorkerTargets;
  /** `targets.addresses` as words that lie in memory in network order. */
  readonly addressWords: Int32Array;
  readonly states: PairStates;
  readonly pairs: number;
  readonly family: Uint8Array;
  /** `SENDING`, `WAITING` or `ENDED`. */
  readonly phase: Uint8Array;
  /** The pass under way, from 1; those over everything whose silence counts, and those over `unproven` only. */
  readonly pass: Uint8Array;
  readonly good: Uint8Array;
  readonly partial: Uint8Array;
  /** Place of the host's order that the pass under way visits next. */
  readonly cursor: Uint32Array;
  /** Where in the host's order the pass under way ends; 0: at the end. */
  readonly end: Uint32Array;
  /** Places of the host's order that were visited before its loss was being measured. */
  readonly unproven: Uint32Array;
  /** Silence of the pass under way proves nothing. */
  readonly tainted: Uint8Array;
  readonly answered: Uint32Array;
  readonly opened: Uint32Array;
  readonly launched: Uint32Array;
  /** Pairs that are no longer silent. */
  readonly settled: Uint32Array;
  /** When the first probe of all and the last one of the pass left (ms). */
  readonly startedAt: Float64Array;
  readonly endedAt: Float64Array;
  readonly loss: HostLoss;
  readonly roundTrips: RoundTrips;
  readonly #base: Float64Array;
  readonly #lists: readonly PortIndex[];
  readonly #orders: readonly (Uint16Array | ((place: number) => number))[];
  readonly #offset: Uint32Array;
  readonly #times: Float64Array;
  readonly #tables: Readonly<Record<4 | 6, AddressTable>>;
  readonly #cookies: Readonly<Record<4 | 6, Cookies>>;
  /** Hosts of IPv4 come first: number in its family + this is the number of the host. */
  readonly #first: Readonly<Record<4 | 6, number>>;

  /** `job.targets`: IPv4 before IPv6. */
  constructor(job: WorkerJob) {
    const { targets } = job;
    this.targets = targets;
    this.count = targets.count;
    const { buffer, byteOffset, length } = targets.addresses;
    this.addressWords = new Int32Array(buffer, byteOffset, length / Int32Array.BYTES_PER_ELEMENT);
    this.loss = new HostLoss(this.count);
    this.roundTrips = new RoundTrips(this.count, job.timeoutMs);
    this.#times = job.times;
    this.#lists = job.ports.map((ranges) => new PortIndex(ranges));
    this.#orders = ordersOf(this.#lists, job.seed);
    const bytes = (): Uint8Array => new Uint8Array(this.count);
    const numbers = (): Uint32Array => new Uint32Array(this.count);
    [this.family, this.phase, this.pass, this.good] = [bytes(), bytes(), bytes(), bytes()];
    [this.partial, this.tainted] = [bytes(), bytes()];
    [this.cursor, this.answered, this.opened, this.launched] = [numbers(), numbers(), numbers(), numbers()];
    [this.settled, this.unproven, this.end, this.#offset] = [numbers(), numbers(), numbers(), numbers()];
    [this.startedAt, this.endedAt] = [new Float64Array(this.count), new Float64Array(this.count)];
    this.#base = new Float64Array(this.count);
    const { fours } = targets;
    this.#first = { 4: 0, 6: fours };
    this.#tables = { 4: new AddressTable(fours, 1), 6: new AddressTable(this.count - fours, 4) };
    this.#cookies = { 4: new Cookies(job.key, fours, 1), 6: new Cookies(job.key, this.count - fours, 4) };
    const start = permutation(2 ** 30, job.seed ^ 0x5bd1e995);
    const addresses = new DataView(buffer, byteOffset, length);
    const words = new Int32Array(4);
    let pairs = 0;
    for (let host = 0; host < this.count; host += 1) {
      const family = host < fours ? 4 : 6;
      this.family[host] = family;
      this.#base[host] = pairs;
      pairs += this.sizeOf(host);
      // Each host starts elsewhere in the order: no port is asked of all hosts at once.
      this.#offset[host] = start(host) % Math.max(1, this.sizeOf(host));
      const width = family === 4 ? 4 : 16;
      for (let byte = 0; byte < width; byte += 4) words[byte / 4] = addresses.getInt32(this.addressAt(host) * 4 + byte);
      this.#tables[family].add(words);
      this.#cookies[family].set(host - this.#first[family], words);
      this.pass[host] = 1;
      this.unproven[host] = this.sizeOf(host);
    }
    if (pairs >= 2 ** 32) throw new RangeError(`a scan has less than 2^32 pairs of address and port, not ${pairs}`);
    this.pairs = pairs;
    this.states = new PairStates(pairs);
  }

  #list(host: number): PortIndex {
    const list = this.#lists[this.targets.lists[host] ?? 0];
    if (list === undefined) throw new RangeError(`host ${host} has no list of ports`);
    return list;
  }

  /** Where a host's address starts in `addressWords`. */
  addressAt(host: number): number {
    const { fours } = this.targets;
    return host < fours ? host : fours + (host - fours) * 4;
  }

  /** The 4 or 16 bytes of a host's address. */
  addressOf(host: number): Uint8Array {
    const at = this.addressAt(host) * 4;
    return this.targets.addresses.subarray(at, at + (host < this.targets.fours ? 4 : 16));
  }

  /** How many ports of the host are scanned. */
  sizeOf(host: number): number {
    return this.#list(host).size;
  }

  /** The port with this index in the host's list, from 0, ascending. */
  portAt(host: number, index: number): number {
    return this.#list(host).portAt(index);
  }

  /** Place of the (address, port) pair in `states`. */
  pairOf(host: number, index: number): number {
    return (this.#base[host] ?? 0) + index;
  }

  /** Index of the port that is visited at a place of the host's order. */
  at(host: number, place: number): number {
    const order = this.#orders[this.targets.lists[host] ?? 0];
    const there = typeof order === 'function' ? order(place) : (order?.[place] ?? 0);
    const index = there + (this.#offset[host] ?? 0);
    const size = this.sizeOf(host);
    return index < size ? index : index - size;
  }

  /** Index of the next port of this pass that is silent so far; -1: none is left. */
  next(host: number): number {
    const end = this.end[host] === 0 ? this.sizeOf(host) : (this.end[host] ?? 0);
    let place = this.cursor[host] ?? 0;
    while (place < end) {
      const index = this.at(host, place);
      place += 1;
      if (this.states.get(this.pairOf(host, index)) === SILENT) {
        this.cursor[host] = place;
        return index;
      }
    }
    this.cursor[host] = place;
    return -1;
  }

  /** A probe of the first pass leaves. */
  launch(host: number, now: number): void {
    if (this.launched[host] === 0) this.startedAt[host] = now;
    this.launched[host] = (this.launched[host] ?? 0) + 1;
  }

  /** The last probe did not leave: it is the next one again. */
  takeBack(host: number): void {
    this.cursor[host] = (this.cursor[host] ?? 1) - 1;
    if (this.pass[host] === 1) this.launched[host] = (this.launched[host] ?? 1) - 1;
  }

  /** The host with this address and the index of the port, or -1 for either. */
  find(family: 4 | 6, words: Int32Array, port: number): { host: number; index: number } {
    const found = this.#tables[family].find(words);
    if (found === -1) return { host: -1, index: -1 };
    const host = found + this.#first[family];
    return { host, index: this.#list(host).indexOf(port) };
  }

  cookie(host: number, sourcePort: number, port: number): number {
    const family = this.family[host] === 4 ? 4 : 6;
    return this.#cookies[family].of(host - this.#first[family], sourcePort, port);
  }

  /** Whether the address's own rate allows a probe now; when not, the time it will (ms), else 0. */
  blockedUntil(host: number, now: number): number {
    const rate = this.targets.rates[host] ?? 0;
    if (rate === 0) return 0;
    // One probe ahead at the lowest rates, 50 ms of them at others.
    const ahead = Math.max(BURST_MS - 1_000 / rate, 0);
    const at = (this.#times[this.targets.slots[host] ?? 0] ?? 0) - ahead;
    return now >= at ? 0 : at;
  }

  /** Counts a probe against the address's own rate. */
  spend(host: number, now: number): void {
    const rate = this.targets.rates[host] ?? 0;
    if (rate === 0) return;
    const slot = this.targets.slots[host] ?? 0;
    this.#times[slot] = Math.max(this.#times[slot] ?? 0, now) + 1_000 / rate;
  }

  /** How long an answer of this host may take (ms). */
  waitOf(host: number): number {
    return this.roundTrips.waitOf(host, this.loss.any);
  }
}

/** For each list of ports the order in which it is visited; lists of one length share it. */
function ordersOf(lists: readonly PortIndex[], seed: number): (Uint16Array | ((place: number) => number))[] {
  const sizes = [...new Set(lists.map(({ size }) => size))];
  const make = sizes.length <= LISTED_ORDERS ? orderOf : permutation;
  const orders = new Map(sizes.map((size) => [size, make(size, seed)]));
  return lists.map(({ size }) => orders.get(size) ?? permutation(size, seed));
}
