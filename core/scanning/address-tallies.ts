import type { AddressResult } from '../fingerprints/shard-result.ts';
import type { Address } from '../net/address.ts';
import type { PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';
import type { Instant } from '../time.ts';
import { AddressTally, type Seen } from './address-tally.ts';
import type { AliveHow } from './liveness/alive.ts';
import { PortIndex } from './syn/port-index.ts';

/** Texts of covered ports that are kept once for all addresses that have them. */
const TEXTS = 256;

interface Target {
  readonly address: Address;
  readonly ports: PortSet;
}

/** Gathers the observations of a scan into one result an address. There may be 65,536: each takes memory from its first observation on, and little after its last. */
export class AddressTallies {
  readonly #ports: ReadonlyMap<Address, PortSet>;
  readonly #startedAt: Instant;
  readonly #protocol: Protocol;
  readonly #lists = new Map<PortSet, PortIndex>();
  readonly #texts = new Map<string, string>();
  readonly #going = new Map<Address, AddressTally>();
  readonly #done = new Map<Address, AddressResult>();

  constructor(targets: readonly Target[], startedAt: Instant, protocol: Protocol) {
    this.#ports = new Map(targets.map(({ address, ports }) => [address, ports]));
    this.#startedAt = startedAt;
    this.#protocol = protocol;
  }

  /** `at`: now. What is no target is left out. */
  add(address: Address, seen: Seen, at: Instant): void {
    const ports = this.#ports.get(address);
    if (ports === undefined || this.#done.has(address)) return;
    const tally = this.#tallyOf(address, ports);
    tally.add(seen);
    if (tally.isComplete) this.#close(address, tally, at);
  }

  alive(address: Address, how: AliveHow): void {
    const ports = this.#ports.get(address);
    const done = this.#done.get(address);
    if (done !== undefined) this.#done.set(address, { ...done, alive: done.alive ?? how });
    else if (ports !== undefined) this.#tallyOf(address, ports).alive(how);
  }

  /** In the order of the targets; those of which nothing was seen are left out. */
  results(at: Instant): AddressResult[] {
    for (const [address, tally] of this.#going) this.#close(address, tally, at);
    return [...this.#ports.keys()].flatMap((address) => this.#done.get(address) ?? []);
  }

  #tallyOf(address: Address, ports: PortSet): AddressTally {
    const known = this.#going.get(address);
    if (known !== undefined) return known;
    const list = this.#lists.get(ports) ?? new PortIndex(ports.ranges);
    this.#lists.set(ports, list);
    const tally = new AddressTally(list);
    this.#going.set(address, tally);
    return tally;
  }

  #close(address: Address, tally: AddressTally, at: Instant): void {
    this.#going.delete(address);
    const result = tally.result(address, this.#startedAt, at, this.#protocol);
    if (result === undefined) return;
    result.covered = this.#once(result.covered);
    this.#done.set(address, result);
  }

  #once(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size < TEXTS) this.#texts.set(text, text);
    return text;
  }
}
