import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFingerprint, parseFingerprintFile, printFingerprint } from '../../../core/fingerprints/text.ts';
import { toAddress } from '../../../core/net/address.ts';
import { PortSet } from '../../../core/net/port-set.ts';

const address = fc
  .oneof(fc.ipV4(), fc.ipV6())
  .map((text) => toAddress(text))
  .filter((text) => text !== undefined);
const ports = fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 20 }).map((list) => PortSet.from(list));

describe('the text form of a fingerprint', () => {
  it('prints address, colon and ports, IPv6 in brackets', () => {
    expect(printFingerprint('192.0.2.3', PortSet.of(443, 22, 80))).toBe('192.0.2.3:22,80,443');
    expect(printFingerprint('2001:db8::1', PortSet.of(22))).toBe('[2001:db8::1]:22');
    expect(printFingerprint('192.0.2.3', PortSet.EMPTY)).toBe('192.0.2.3:');
    expect(printFingerprint('192.0.2.3', PortSet.of(161, 53), 'udp')).toBe('192.0.2.3:udp/53,161');
    expect(printFingerprint('2001:db8::1', PortSet.EMPTY, 'udp')).toBe('[2001:db8::1]:udp/');
  });

  it('reads back exactly what it prints', () => {
    fc.assert(
      fc.property(address, ports, fc.constantFrom<'tcp' | 'udp'>('tcp', 'udp'), (where, open, protocol) => {
        const text = printFingerprint(where, open, protocol);
        const read = parseFingerprint(text);
        expect([read.address, read.protocol]).toEqual([where, protocol]);
        expect(read.open.toString()).toBe(open.toString());
        expect(printFingerprint(read.address, read.open, read.protocol)).toBe(text);
      }),
    );
  });

  it.each([
    ['192.0.2.3', /"192\.0\.2\.3" is not a fingerprint: write address:port,port/],
    ['2001:db8::1:22', /IP address/],
    ['192.0.2.300:22', /"192\.0\.2\.300" is not an IP address/],
    ['[2001:db8::1', /is not a fingerprint/],
    ['192.0.2.3:0', /Port 0 of 192\.0\.2\.3 does not exist/],
    ['192.0.2.3:70000', /Port 70000 does not exist/],
    ['192.0.2.3:90-80', /reversed/],
    ['192.0.2.3:ssh', /"ssh" is not a port/],
    ['192.0.2.3:sctp/22', /is not a port/],
    ['', /is not a fingerprint/],
  ])('refuses %j and says what to write', (text, message) => {
    expect(() => parseFingerprint(text)).toThrow(message);
  });
});

describe('a file of fingerprints', () => {
  it('reads one a line, leaves out comments and blank lines, and adds up lines of one address and protocol', () => {
    const text =
      '\uFEFF# seen by hand\r\n192.0.2.3:22,80 # web\r\n\r\n[2001:db8::1]:443\n192.0.2.3:81\n192.0.2.3:udp/53\n192.0.2.3:UDP/161\n';
    expect(parseFingerprintFile(text).map((f) => printFingerprint(f.address, f.open, f.protocol))).toEqual([
      '192.0.2.3:22,80-81',
      '[2001:db8::1]:443',
      '192.0.2.3:udp/53,161',
    ]);
  });

  it('names the line that cannot be read', () => {
    expect(() => parseFingerprintFile('192.0.2.3:22\n# fine\n192.0.2.4:x\n')).toThrow('Line 3: "x" is not a port');
  });

  it('may have a line for each port, in any order', () => {
    const each = Array.from({ length: 32_768 }, (_, index) => ((index * 40_503) % 32_768) * 2);
    const text = each.map((port) => `192.0.2.3:${port + 1}\n`).join('');
    expect(parseFingerprintFile(text).map(({ open }) => [open.size, open.ranges.length])).toEqual([[32_768, 32_768]]);
  });

  it('reads an empty file as no fingerprints', () => {
    expect(parseFingerprintFile('')).toEqual([]);
  });
});
