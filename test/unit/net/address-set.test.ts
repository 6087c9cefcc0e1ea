import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareAddresses } from '../../../core/net/address.ts';
import { AddressSet } from '../../../core/net/address-set.ts';
import { BadInput } from '../../../core/errors.ts';

/** Addresses in two small blocks of each family, at both ends of the space. */
const address = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map((n) => `0.0.0.${n}`),
  fc.integer({ min: 240, max: 255 }).map((n) => `255.255.255.${n}`),
  fc.integer({ min: 0, max: 9 }).map((n) => (n === 0 ? '2001:db8::' : `2001:db8::${n}`)),
  fc.integer({ min: 0, max: 9 }).map((n) => `ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff${n}`),
);
const addresses = fc.array(address, { maxLength: 24 });
const ascending = (texts: Iterable<string>) => [...new Set(texts)].sort(compareAddresses);

/** Membership by text prefixes of bits: knows nothing of intervals. */
function bitsOf(v4: string): string {
  return v4
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
}

describe('a set of addresses', () => {
  it('holds the addresses it was made of, ascending, IPv4 first, once', () => {
    fc.assert(
      fc.property(addresses, (list) => {
        expect([...AddressSet.fromCidrs(list)]).toEqual(ascending(list));
      }),
    );
  });

  it('reads again what it wrote, one network or many or none', () => {
    fc.assert(
      fc.property(addresses, (list) => {
        const set = AddressSet.fromCidrs(list);
        expect([...AddressSet.fromText(set.toString())]).toEqual([...set]);
      }),
      { examples: [[[]]] },
    );
  });

  it('agrees with a plain Set in union, intersection, difference, size and membership', () => {
    fc.assert(
      fc.property(addresses, addresses, address, (left, right, probe) => {
        const [a, b] = [AddressSet.fromCidrs(left), AddressSet.fromCidrs(right)];
        const [x, y] = [new Set(left), new Set(right)];
        expect([...a.union(b)]).toEqual(ascending([...x, ...y]));
        expect([...a.intersect(b)]).toEqual(ascending([...x].filter((one) => y.has(one))));
        expect([...a.subtract(b)]).toEqual(ascending([...x].filter((one) => !y.has(one))));
        expect(a.size).toBe(BigInt(x.size));
        expect(a.isEmpty).toBe(x.size === 0);
        expect(a.has(probe)).toBe(x.has(probe));
      }),
    );
  });

  it('reads back its own text', () => {
    fc.assert(
      fc.property(addresses, (list) => {
        const set = AddressSet.fromCidrs(list);
        const text = set.toString();
        expect(AddressSet.fromCidrs(text === '' ? [] : text.split(',')).equals(set)).toBe(true);
      }),
    );
  });

  it('holds exactly the addresses that share the bits of a network', () => {
    const octets = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(octets, octets, fc.integer({ min: 0, max: 32 }), (base, probe, prefix) => {
        const bits = bitsOf(base.join('.')).slice(0, prefix).padEnd(32, '0');
        const network = [0, 8, 16, 24].map((at) => Number.parseInt(bits.slice(at, at + 8), 2)).join('.');
        const set = AddressSet.parse(`${network}/${prefix}`);
        expect(set.has(probe.join('.'))).toBe(bitsOf(probe.join('.')).startsWith(bits.slice(0, prefix)));
        expect(set.size).toBe(2n ** BigInt(32 - prefix));
        expect(set.toString()).toBe(prefix === 32 ? network : `${network}/${prefix}`);
      }),
    );
  });

  it('is written the same however it was put together', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 256 });
    fc.assert(
      fc.property(numbers, (list) => {
        const singles = AddressSet.fromCidrs(list.map((n) => `192.0.2.${n}`));
        const rest = Array.from({ length: 256 }, (_, n) => n).filter((n) => !list.includes(n));
        const cut = AddressSet.parse('192.0.2.0/24').subtract(AddressSet.fromCidrs(rest.map((n) => `192.0.2.${n}`)));
        expect(singles.toString()).toBe(cut.toString());
        expect(singles.equals(cut)).toBe(true);
      }),
    );
    expect(AddressSet.fromCidrs(['192.0.2.3', '192.0.2.2']).toString()).toBe('192.0.2.2/31');
  });

  it('prints a range as the fewest networks: no two of them could be one', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(byte, byte, (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const blocks = AddressSet.parse(`192.0.2.${from}-${to}`)
          .toString()
          .split(',')
          .map((text) => {
            const [base, prefix = '32'] = text.split('/');
            return { start: Number(base!.split('.')[3]), size: 2 ** (32 - Number(prefix)) };
          });
        expect(blocks.flatMap(({ start, size }) => Array.from({ length: size }, (_, i) => start + i))).toEqual(
          Array.from({ length: to - from + 1 }, (_, i) => from + i),
        );
        for (const { start, size } of blocks) {
          const buddy = blocks.find((other) => other.size === size && other.start === (start ^ size));
          expect(start % size).toBe(0);
          expect(buddy).toBeUndefined();
        }
      }),
    );
  });

  it.each([
    ['192.0.2.3', '192.0.2.3', 1n],
    [' 192.0.2.0/28 ', '192.0.2.0/28', 16n],
    ['192.0.2.20-192.0.2.35', '192.0.2.20/30,192.0.2.24/29,192.0.2.32/30', 16n],
    ['192.0.2.20-35', '192.0.2.20/30,192.0.2.24/29,192.0.2.32/30', 16n],
    ['192.0.2.255-192.0.3.0', '192.0.2.255,192.0.3.0', 2n],
    ['0.0.0.0/0', '0.0.0.0/0', 4_294_967_296n],
    ['0.0.0.0-255.255.255.255', '0.0.0.0/0', 4_294_967_296n],
    ['2001:DB8:0::10', '2001:db8::10', 1n],
    ['2001:db8::/64', '2001:db8::/64', 18_446_744_073_709_551_616n],
    ['2001:db8::1-2001:db8::3', '2001:db8::1,2001:db8::2/127', 3n],
    ['::/0', '::/0', 340_282_366_920_938_463_463_374_607_431_768_211_456n],
    ['::ffff:192.0.2.3', '192.0.2.3', 1n],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24', 256n],
    ['::ffff:192.0.2.1-192.0.2.2', '192.0.2.1,192.0.2.2', 2n],
  ])('reads %j', (text, canonical, size) => {
    const set = AddressSet.parse(text);
    expect(set.toString()).toBe(canonical);
    expect(set.size).toBe(size);
  });

  it('asks for IPv4 when it is asked for an IPv4-mapped address', () => {
    expect(AddressSet.parse('192.0.2.3').has('::ffff:192.0.2.3')).toBe(true);
    expect(AddressSet.parse('::/0').has('192.0.2.3')).toBe(false);
  });

  const SHAPES =
    'write an address (192.0.2.3, 2001:db8::10), a network (192.0.2.0/24) or a range (192.0.2.20-192.0.2.35).';
  it.each([
    ['', `"" is not an address: ${SHAPES}`],
    ['edge.example.com', `"edge.example.com" is not an address: ${SHAPES}`],
    ['192.0.2', `"192.0.2" is not an address: ${SHAPES}`],
    ['192.0.2.256', `"192.0.2.256" is not an address: ${SHAPES}`],
    ['192.0.02.1', `"192.0.02.1" is not an address: ${SHAPES}`],
    ['0x7f.0.0.1', `"0x7f.0.0.1" is not an address: ${SHAPES}`],
    ['fe80::1%eth0', `"fe80::1%eth0" is not an address: ${SHAPES}`],
    ['1::2::3', `"1::2::3" is not an address: ${SHAPES}`],
    ['192.0.2/24', `"192.0.2/24" is not an address: ${SHAPES}`],
    ['192.0.2.20-300', `"192.0.2.20-300" is not an address: ${SHAPES}`],
    ['192.0.2.1-2-3', `"192.0.2.1-2-3" is not an address: ${SHAPES}`],
    [
      '192.0.2.5/24',
      '"192.0.2.5/24" is an address inside a network: write 192.0.2.0/24 for the network or 192.0.2.5 for the address.',
    ],
    [
      '2001:db8::1/64',
      '"2001:db8::1/64" is an address inside a network: write 2001:db8::/64 for the network or 2001:db8::1 for the address.',
    ],
    [
      '::ffff:192.0.2.5/120',
      '"::ffff:192.0.2.5/120" is an address inside a network: write 192.0.2.0/24 for the network or 192.0.2.5 for the address.',
    ],
    ['192.0.2.0/33', '"192.0.2.0/33" has no valid prefix: IPv4 prefixes are /0 to /32.'],
    ['192.0.2.0/', '"192.0.2.0/" has no valid prefix: IPv4 prefixes are /0 to /32.'],
    ['192.0.2.0/-1', '"192.0.2.0/-1" has no valid prefix: IPv4 prefixes are /0 to /32.'],
    ['192.0.2.0/024', '"192.0.2.0/024" has no valid prefix: IPv4 prefixes are /0 to /32.'],
    ['192.0.2.0/255.255.255.0', '"192.0.2.0/255.255.255.0" has no valid prefix: IPv4 prefixes are /0 to /32.'],
    ['2001:db8::/129', '"2001:db8::/129" has no valid prefix: IPv6 prefixes are /0 to /128.'],
    [
      '::ffff:192.0.2.0/24',
      '"::ffff:192.0.2.0/24" reaches beyond the IPv4-mapped addresses: write IPv4, such as 192.0.2.0/24.',
    ],
    ['192.0.2.35-192.0.2.20', 'Address range "192.0.2.35-192.0.2.20" is reversed: write 192.0.2.20-192.0.2.35.'],
    ['192.0.2.35-20', 'Address range "192.0.2.35-20" is reversed: write 192.0.2.20-192.0.2.35.'],
    [
      '192.0.2.1-2001:db8::1',
      'Address range "192.0.2.1-2001:db8::1" mixes IPv4 and IPv6: both ends must be of one kind.',
    ],
  ])('refuses %j and says what to write', (text, message) => {
    expect(() => AddressSet.parse(text)).toThrow(new BadInput(message));
  });

  it('does not answer for a text that is no address', () => {
    expect(() => AddressSet.EMPTY.has('localhost')).toThrow(RangeError);
  });
});
