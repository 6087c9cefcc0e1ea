import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../core/errors.ts';
import {
  compareAddresses,
  endpoint,
  parseAddress,
  parseEndpoint,
  scopeOf,
  toAddress,
} from '../../../core/net/address.ts';
import { addressOf, bytesOf, numberOf } from '../../../core/net/address-number.ts';

describe('an address', () => {
  it.each([
    ['192.0.2.3', '192.0.2.3'],
    ['2001:DB8:0:0::10', '2001:db8::10'],
    ['::ffff:192.0.2.3', '192.0.2.3'],
    ['::ffff:c000:203', '192.0.2.3'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ])('%s is written %s', (text, canonical) => {
    expect(toAddress(text)).toBe(canonical);
  });

  it.each([
    '',
    '010.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '192.0.2.3 ',
    '192.0.2.3/32',
    'fe80::1%eth0',
    '1::2::3',
    ':',
    'localhost',
  ])('is not %j', (text) => {
    expect(toAddress(text)).toBeUndefined();
  });

  it('is refused with what is allowed', () => {
    expect(() => parseAddress('192.0.2')).toThrow(
      new BadInput('"192.0.2" is not an IP address: write four numbers 0-255 (192.0.2.3) or IPv6 (2001:db8::10).'),
    );
  });

  it.each([
    ['192.0.2.3:udp/161', { address: '192.0.2.3', port: 161, protocol: 'udp' }],
    ['[2001:db8::1]:UDP/53', { address: '2001:db8::1', port: 53, protocol: 'udp' }],
    ['192.0.2.3:tcp/22', { address: '192.0.2.3', port: 22 }],
    ['192.0.2.3:22', { address: '192.0.2.3', port: 22 }],
    ['192.0.2.3', { address: '192.0.2.3', port: null }],
    ['[2001:db8::1]:22', { address: '2001:db8::1', port: 22 }],
    ['[2001:db8::1]', { address: '2001:db8::1', port: null }],
    ['2001:db8::1:22', { address: '2001:db8::1:22', port: null }],
  ])('with or without a port is read from %s', (text, expected) => {
    expect(parseEndpoint(text)).toEqual({ protocol: 'tcp', ...expected });
  });

  it.each(['192.0.2.3:0', '192.0.2.3:70000', '[2001:db8::1]:700000'])('has no port %s', (text) => {
    expect(() => parseEndpoint(text)).toThrow(/^Port \d+ does not exist: ports are 1 to 65535\.$/);
  });

  it('prints with a port so that it can be read back', () => {
    for (const address of ['192.0.2.3', '2001:db8::1']) {
      for (const protocol of ['tcp', 'udp'] as const) {
        expect(parseEndpoint(endpoint(address, 8_443, protocol))).toEqual({ address, port: 8_443, protocol });
      }
    }
  });

  it.each([
    ['127.0.0.9', 'host'],
    ['::1', 'host'],
    ['169.254.1.1', 'host'],
    ['fe80::1', 'host'],
    ['10.1.2.3', 'private'],
    ['100.64.0.1', 'private'],
    ['fd00::1', 'private'],
    ['198.51.100.1', 'internet'],
    ['8.8.8.8', 'internet'],
    ['2600::1', 'internet'],
  ])('%s reaches %s', (address, scope) => {
    expect(scopeOf(address)).toBe(scope);
  });

  it('sorts by number, IPv4 first', () => {
    const sorted = ['192.0.2.9', '192.0.2.10', '192.0.10.1', '::1', '2001:db8::2', '2001:db8::10'];
    expect([...sorted].sort().sort(compareAddresses)).toEqual(sorted);
  });

  it('has four or sixteen bytes, the high one first', () => {
    expect([...bytesOf('192.0.2.3')]).toEqual([192, 0, 2, 3]);
    expect([...bytesOf('2001:db8::a')]).toEqual([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10]);
    expect(() => bytesOf('192.0.2')).toThrow('192.0.2 is not a canonical address');
  });

  it('turns into a number and back, in the order of compareAddresses', () => {
    const v4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n });
    const v6 = fc.bigInt({ min: 2n ** 64n, max: 2n ** 128n - 1n });
    fc.assert(
      fc.property(v4, v4, v6, v6, (a, b, c, d) => {
        expect(numberOf(addressOf('v4', a))).toEqual({ family: 'v4', value: a });
        expect(numberOf(addressOf('v6', c))).toEqual({ family: 'v6', value: c });
        expect(Math.sign(compareAddresses(addressOf('v4', a), addressOf('v4', b)))).toBe(a < b ? -1 : Number(a > b));
        expect(Math.sign(compareAddresses(addressOf('v6', c), addressOf('v6', d)))).toBe(c < d ? -1 : Number(c > d));
      }),
    );
  });
});
