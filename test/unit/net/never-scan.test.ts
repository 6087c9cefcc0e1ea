import { describe, expect, it } from 'vitest';
import { neverScanReason } from '../../../core/net/never-scan.ts';

const FIRST_AND_LAST = [
  ['0.0.0.0', '0.255.255.255', 'this host'],
  ['127.0.0.0', '127.255.255.255', 'loopback'],
  ['169.254.0.0', '169.254.255.255', 'link-local'],
  ['224.0.0.0', '239.255.255.255', 'multicast'],
  ['240.0.0.0', '255.255.255.254', 'reserved'],
  ['255.255.255.255', '255.255.255.255', 'broadcast'],
  ['::', '::', 'this host'],
  ['::1', '::1', 'loopback'],
  ['fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'link-local'],
  ['ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'multicast'],
  ['169.254.169.254', '169.254.170.2', 'metadata'],
  ['fd00:ec2::254', 'fd00:ec2::254', 'metadata'],
  ['169.254.169.253', 'fd00:ec2::253', 'resolver'],
] as const;

describe('ranges that are never scanned', () => {
  it.each(FIRST_AND_LAST)('refuse %s and %s', (first, last, word) => {
    expect(neverScanReason(first)).toContain(word);
    expect(neverScanReason(last)).toContain(word);
  });

  it.each([
    '1.0.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '223.255.255.255',
    '10.0.0.1',
    '192.0.2.3',
    '::2',
    'fd00::1',
    '2001:db8::1',
    'fec0::',
  ])('leave %s in', (address) => {
    expect(neverScanReason(address)).toBeNull();
  });

  it('leave loopback in for a machine that looks at itself, and nothing else', () => {
    for (const own of ['127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1']) {
      expect(neverScanReason(own, { loopback: true })).toBeNull();
      expect(neverScanReason(own, { loopback: false })).toContain('loopback');
    }
    for (const [first, last, word] of FIRST_AND_LAST) {
      if (word === 'loopback') continue;
      expect(neverScanReason(first, { loopback: true })).toContain(word);
      expect(neverScanReason(last, { loopback: true })).toContain(word);
    }
  });

  it('see through IPv4-mapped IPv6', () => {
    expect(neverScanReason('::ffff:169.254.169.254', { loopback: true })).toContain('metadata');
    expect(neverScanReason('::ffff:a9fe:a9fe', { loopback: true })).toContain('metadata');
  });

  it('refuse what is no address: the check fails closed', () => {
    expect(neverScanReason('localhost', { loopback: true })).toBe('it is not an IP address');
    expect(neverScanReason('0177.0.0.1', { loopback: true })).toBe('it is not an IP address');
  });
});
