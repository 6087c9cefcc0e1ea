import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../core/errors.ts';
import { Exclusions } from '../../../core/net/exclusions.ts';

describe('exclusions', () => {
  it('take out whole addresses by address, network and range', () => {
    const exclusions = new Exclusions([
      '192.0.2.9',
      '192.0.2.16/28',
      '192.0.2.40-42',
      '[2001:db8::1]',
      '2001:db8:1::/64',
    ]);
    for (const out of [
      '192.0.2.9',
      '192.0.2.16',
      '192.0.2.31',
      '192.0.2.42',
      '2001:db8::1',
      '2001:db8:1::5',
      '::ffff:192.0.2.9',
    ]) {
      expect(exclusions.excludesAddress(out)).toBe(true);
      expect(exclusions.excludes(out, 443)).toBe(true);
    }
    for (const left of ['192.0.2.10', '192.0.2.32', '192.0.2.43', '2001:db8::2']) {
      expect(exclusions.excludesAddress(left)).toBe(false);
      expect(exclusions.excludes(left, 443)).toBe(false);
    }
  });

  it('take out ports of one address, of a network and everywhere, together', () => {
    const exclusions = new Exclusions([
      '192.0.2.3:9100-9107',
      '192.0.2.0/28:161',
      ':102',
      ' [2001:db8::1]:22,80 ',
      '192.0.2.4-5:7',
    ]);
    expect(exclusions.excludedPorts('192.0.2.3').toString()).toBe('102,161,9100-9107');
    expect(exclusions.excludedPorts('192.0.2.4').toString()).toBe('7,102,161');
    expect(exclusions.excludedPorts('192.0.2.200').toString()).toBe('102');
    expect(exclusions.excludedPorts('2001:db8::1').toString()).toBe('22,80,102');
    expect(exclusions.excludesAddress('192.0.2.3')).toBe(false);
    expect(exclusions.excludes('192.0.2.3', 9_103)).toBe(true);
    expect(exclusions.excludes('192.0.2.3', 9_108)).toBe(false);
  });

  it('read an IPv6 address without brackets as an address, whatever its last group looks like', () => {
    expect(new Exclusions(['2001:db8::1:22']).excludesAddress('2001:db8::1:22')).toBe(true);
  });

  it('leave everything in when there are none', () => {
    expect(Exclusions.NONE.excludes('192.0.2.3', 22)).toBe(false);
    expect(Exclusions.NONE.excludedPorts('192.0.2.3').isEmpty).toBe(true);
  });

  const SHAPES =
    'write an address (192.0.2.3, 2001:db8::10), a network (192.0.2.0/24) or a range (192.0.2.20-192.0.2.35).';
  it.each([
    ['', `"" is not an address: ${SHAPES}`],
    ['192.0.2', `"192.0.2" is not an address: ${SHAPES}`],
    ['edge.example.com:22', `"edge.example.com" is not an address: ${SHAPES}`],
    ['192.0.2.3:22:23', `"192.0.2.3:22:23" is not an address: ${SHAPES}`],
    ['[2001:db8::1', `"[2001:db8::1" is not an address: ${SHAPES}`],
    ['[2001:db8::1]22', `"[2001:db8::1]22" is not an address: ${SHAPES}`],
    ['192.0.2.3:', '"192.0.2.3:" ends without a port: write 192.0.2.3:9100 or leave out the colon.'],
    [':', '":" ends without a port: write 192.0.2.3:9100 or leave out the colon.'],
    ['192.0.2.3:0', 'Port 0 does not exist: ports are 1 to 65535.'],
    ['[2001:db8::1]:700000', 'Port 700000 does not exist: ports are 1 to 65535.'],
    ['192.0.2.3:9107-9100', 'Port range 9107-9100 is reversed: write 9100-9107.'],
  ])('refuse %j', (text, message) => {
    expect(() => new Exclusions([text])).toThrow(new BadInput(message));
  });
});
