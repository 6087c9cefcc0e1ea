import type { Address } from './address.ts';
import { type Family, WIDTH, addressOf, numberOf } from './address-number.ts';
import { parseAddressRange } from './address-range.ts';
import {
  type Interval,
  type Intervals,
  blocksOf,
  contains,
  countOf,
  intersectIntervals,
  normalise,
  subtractIntervals,
} from './intervals.ts';

/**
 * An immutable set of IPv4 and IPv6 addresses, however large. Its text form is the fewest networks in ascending order,
 * IPv4 first, a single address without a prefix: `192.0.2.0/28,192.0.2.20,2001:db8::/64`.
 * IPv4-mapped IPv6 counts as IPv4; an IPv6 network that contains the mapped block (`::/0`) says nothing about IPv4.
 */
export class AddressSet {
  static readonly EMPTY = new AddressSet([], []);

  readonly #v4: Intervals;
  readonly #v6: Intervals;

  private constructor(v4: Intervals, v6: Intervals) {
    this.#v4 = v4;
    this.#v6 = v6;
  }

  /** The union of texts, each as `parse` takes it. @throws BadInput */
  static fromCidrs(texts: Iterable<string>): AddressSet {
    const found: Record<Family, Interval[]> = { v4: [], v6: [] };
    for (const text of texts) {
      const { family, interval } = parseAddressRange(text);
      found[family].push(interval);
    }
    return new AddressSet(normalise(found.v4), normalise(found.v6));
  }

  /**
   * One address, network or range: `192.0.2.3`, `192.0.2.0/24`, `192.0.2.20-192.0.2.35`, `192.0.2.20-35`, `2001:db8::/64`.
   * @throws BadInput naming the text and what to write instead; a network with host bits set is refused.
   */
  static parse(text: string): AddressSet {
    return AddressSet.fromCidrs([text]);
  }

  /** What `toString` wrote, the empty text included. @throws BadInput */
  static fromText(text: string): AddressSet {
    return AddressSet.fromCidrs(text === '' ? [] : text.split(','));
  }

  get isEmpty(): boolean {
    return this.#v4.length === 0 && this.#v6.length === 0;
  }

  /** Number of addresses. */
  get size(): bigint {
    return countOf(this.#v4) + countOf(this.#v6);
  }

  /** @throws RangeError when `address` is not an address. */
  has(address: Address): boolean {
    const { family, value } = numberOf(address);
    return contains(family === 'v4' ? this.#v4 : this.#v6, value);
  }

  union(other: AddressSet): AddressSet {
    if (other.isEmpty) return this;
    if (this.isEmpty) return other;
    return new AddressSet(normalise([...this.#v4, ...other.#v4]), normalise([...this.#v6, ...other.#v6]));
  }

  subtract(other: AddressSet): AddressSet {
    return new AddressSet(subtractIntervals(this.#v4, other.#v4), subtractIntervals(this.#v6, other.#v6));
  }

  intersect(other: AddressSet): AddressSet {
    return new AddressSet(intersectIntervals(this.#v4, other.#v4), intersectIntervals(this.#v6, other.#v6));
  }

  equals(other: AddressSet): boolean {
    return this.toString() === other.toString();
  }

  /** Every address in canonical text, ascending, IPv4 first. Check `size` before: this may be 2^128. */
  *[Symbol.iterator](): Generator<Address> {
    for (const [from, to] of this.#v4) for (let value = from; value <= to; value += 1n) yield addressOf('v4', value);
    for (const [from, to] of this.#v6) for (let value = from; value <= to; value += 1n) yield addressOf('v6', value);
  }

  toString(): string {
    return [...networks('v4', this.#v4), ...networks('v6', this.#v6)].join(',');
  }

  toJSON(): string {
    return this.toString();
  }
}

function* networks(family: Family, intervals: Intervals): Generator<string> {
  for (const { from, prefix } of blocksOf(intervals, WIDTH[family])) {
    yield prefix === WIDTH[family] ? addressOf(family, from) : `${addressOf(family, from)}/${prefix}`;
  }
}
