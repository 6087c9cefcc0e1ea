import type { AddressResult } from '../fingerprints/shard-result.ts';
import type { Address } from '../net/address.ts';
import { PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';
import type { Instant } from '../time.ts';
import { AddressTally, type Seen, type Spare } from './address-tally.ts';
import type { AliveHow } from './liveness/alive.ts';
import { PortIndex } from './port-index.ts';

/** Texts of covered ports that are kept once for all addresses that have them. */
const TEXTS = 256;

interface Target {
  readonly address: Address;
  readonly ports: PortSet;
}

/** Gathers the observations of a scan into one result an address. There may be 65,536: each takes memory from its first observation on, and little after its last. */
export class AddressTallies {
  readonly #targets: readonly Target[];
  readonly #numbers = new Map<Address, number>();
  /** Of each target what is known so far, or its result; null: nothing. */
  readonly #known: (AddressTally | AddressResult | null)[];
  readonly #startedAt: Instant;
  readonly #protocol: Protocol;
  readonly #lists = new Map<PortSet, PortIndex>();
  readonly #spare: Spare = { bytes: null };
  readonly #texts = new Map<string, string>();

  constructor(targets: readonly Target[], startedAt: Instant, protocol: Protocol) {
    this.#targets = targets;
    for (const [number, { address }] of targets.entries()) this.#numbers.set(address, number);
    this.#known = targets.map(() => null);
    this.#startedAt = startedAt;
    this.#protocol = protocol;
  }

  /** `at`: now. What is no target, or has its result, is left out. */
  add(address: Address, seen: Seen, at: Instant): void {
    const number = this.#numbers.get(address) ?? -1;
    const known = this.#known[number];
    if (known === undefined || (known !== null && !(known instanceof AddressTally))) return;
    const tally = known ?? this.#begin(number);
    tally.add(seen);
    if (tally.isComplete) this.#close(number, tally, at);
  }

  alive(address: Address, how: AliveHow): void {
    const number = this.#numbers.get(address) ?? -1;
    const known = this.#known[number];
    if (known === undefined) return;
    if (known === null) this.#begin(number).alive(how);
    else if (known instanceof AddressTally) known.alive(how);
    else known.alive ??= how;
  }

  /** In the order of the targets; those of which nothing was seen are left out. */
  results(at: Instant): AddressResult[] {
    return this.#known.flatMap((known, number) => {
      if (known instanceof AddressTally) this.#close(number, known, at);
      const result = this.#known[number];
      return result === null || result === undefined || result instanceof AddressTally ? [] : result;
    });
  }

  #begin(number: number): AddressTally {
    const ports = this.#targets[number]?.ports ?? PortSet.EMPTY;
    const list = this.#lists.get(ports) ?? new PortIndex(ports.ranges);
    this.#lists.set(ports, list);
    const tally = new AddressTally(list, this.#spare);
    this.#known[number] = tally;
    return tally;
  }

  #close(number: number, tally: AddressTally, at: Instant): void {
    const address = this.#targets[number]?.address ?? '';
    const result = tally.result(address, this.#startedAt, at, this.#protocol);
    tally.giveBack();
    if (result === undefined) return;
    result.covered = this.#once(result.covered);
    this.#known[number] = result;
  }

  #once(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size < TEXTS) this.#texts.set(text, text);
    return text;
  }
}
