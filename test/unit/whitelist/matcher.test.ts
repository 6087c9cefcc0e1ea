import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Breadth } from '../../../core/net/breadth.ts';
import { AddressSet } from '../../../core/net/address-set.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { WhitelistEntry } from '../../../core/whitelist/entry.ts';
import { compileWhitelist } from '../../../core/whitelist/matcher.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';

const NOW = '2026-03-01T09:00:00.000Z';
const WIDTHS: Breadth[] = ['host', 'private', 'group', 'aws-edge', 'single', 'range', 'wide', 'internet'];

/** Few networks that nest and touch, so that random entries meet. */
const TARGETS = [
  '0.0.0.0/0',
  '128.0.0.0/1',
  '192.0.0.0/16',
  '192.0.2.0/24',
  '192.0.2.0/28',
  '192.0.2.3',
  '192.0.2.4/31',
  '192.0.2.255',
  '255.255.255.255',
  '0.0.0.0',
  '::/0',
  '2001:db8::/32',
  '2001:db8::/64',
  '2001:db8::10',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
];
const ADDRESSES = [
  '0.0.0.0',
  '1.2.3.4',
  '192.0.1.255',
  '192.0.2.0',
  '192.0.2.3',
  '192.0.2.4',
  '192.0.2.5',
  '192.0.2.16',
  '192.0.2.255',
  '192.0.3.0',
  '255.255.255.255',
  '::',
  '2001:db8::10',
  '2001:db8::11',
  '2001:db8:0:1::1',
  '2001:db9::1',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
];

const entries = fc.array(
  fc.record({
    target: fc.constantFrom(...TARGETS),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'any' as const),
    ports: fc.constantFrom('22', '22,80', '1-65535', '443', '65535', '20-30'),
    widestSource: fc.constantFrom(...WIDTHS),
    state: fc.constantFrom('approved', 'approved', 'approved', 'requested', 'rejected', 'removed'),
    expiresAt: fc.constantFrom(
      '2026-03-01T09:00:00.001Z',
      '2026-03-01T09:00:00.000Z',
      '2026-02-28T00:00:00.000Z',
      '2026-09-01T00:00:00.000Z',
    ),
  }),
  { maxLength: 30 },
);

const question = fc.record({
  address: fc.constantFrom(...ADDRESSES),
  protocol: fc.constantFrom('tcp' as const, 'udp' as const),
  port: fc.constantFrom(1, 22, 25, 80, 443, 65_535),
  breadth: fc.constantFrom(...WIDTHS),
});

function prefixOf(target: string): number {
  const [, prefix] = target.split('/');
  return prefix === undefined ? (target.includes(':') ? 128 : 32) : Number(prefix);
}

function linearScan(
  list: readonly WhitelistEntry[],
  asked: { address: string; protocol: string; port: number; breadth: Breadth },
) {
  const permits = list.filter(
    (entry) =>
      entry.state === 'approved' &&
      entry.expiresAt > NOW &&
      AddressSet.parse(entry.target).has(asked.address) &&
      PortSet.parse(entry.ports).has(asked.port) &&
      (entry.protocol === 'any' || entry.protocol === asked.protocol) &&
      WIDTHS.indexOf(entry.widestSource) >= WIDTHS.indexOf(asked.breadth),
  );
  permits.sort(
    (a, b) =>
      prefixOf(b.target) - prefixOf(a.target) ||
      PortSet.parse(a.ports).size - PortSet.parse(b.ports).size ||
      a.id.localeCompare(b.id),
  );
  return permits[0]?.id ?? null;
}

describe('the compiled whitelist', () => {
  it('answers as a linear scan does', () => {
    fc.assert(
      fc.property(entries, fc.array(question, { minLength: 1, maxLength: 20 }), (partial, questions) => {
        const list = partial.map((over, i) =>
          aWhitelistEntry({
            ...over,
            id: `w-${String(i).padStart(3, '0')}`,
          }),
        );
        const whitelist = compileWhitelist(list);
        for (const asked of questions) {
          const { address, protocol, port, breadth } = asked;
          expect(whitelist.match(address, protocol, port, breadth, NOW)?.id ?? null).toBe(linearScan(list, asked));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('permits nothing when it is empty', () => {
    expect(compileWhitelist([]).match('192.0.2.3', 'tcp', 6379, 'host', NOW)).toBeNull();
  });

  it('stops permitting at the very moment of expiry', () => {
    const whitelist = compileWhitelist([aWhitelistEntry({ expiresAt: '2026-06-01T00:00:00.000Z' })]);
    expect(whitelist.match('192.0.2.3', 'tcp', 6379, 'internet', '2026-05-31T23:59:59.999Z')).not.toBeNull();
    expect(whitelist.match('192.0.2.3', 'tcp', 6379, 'internet', '2026-06-01T00:00:00.000Z')).toBeNull();
  });

  it('does not permit a wider source than the entry allows', () => {
    const whitelist = compileWhitelist([aWhitelistEntry({ widestSource: 'private' })]);
    expect(whitelist.match('192.0.2.3', 'tcp', 6379, 'private', NOW)?.id).toBe('w-0000000000000001');
    expect(whitelist.match('192.0.2.3', 'tcp', 6379, 'internet', NOW)).toBeNull();
  });

  it('takes an IPv4-mapped IPv6 address for IPv4, and ::/0 for IPv6 only', () => {
    const mapped = compileWhitelist([aWhitelistEntry()]);
    expect(mapped.match('::ffff:192.0.2.3', 'tcp', 6379, 'internet', NOW)).not.toBeNull();
    const all6 = compileWhitelist([aWhitelistEntry({ target: '::/0' })]);
    expect(all6.match('192.0.2.3', 'tcp', 6379, 'internet', NOW)).toBeNull();
    expect(all6.match('2001:db8::1', 'tcp', 6379, 'internet', NOW)).not.toBeNull();
  });

  it.each(['192.0.2', '192.0.2.3.4', '192.0.2.300', '192.0.2.', '192..2.3', '192.0.02.3', '1.2.3.4/32', 'host'])(
    'refuses %j as an address',
    (text) => {
      expect(() => compileWhitelist([aWhitelistEntry()]).match(text, 'tcp', 6379, 'host', NOW)).toThrow(RangeError);
    },
  );

  it('is not made at all from an approved entry that cannot be read', () => {
    expect(() => compileWhitelist([aWhitelistEntry({ target: '192.0.2.0/33' })])).toThrow(/192\.0\.2\.0\/33/);
    expect(() => compileWhitelist([aWhitelistEntry({ ports: 'x' })])).toThrow(/"x" is not a port/);
    expect(() => compileWhitelist([aWhitelistEntry({ ports: 'x', state: 'removed' })])).not.toThrow();
  });
});
