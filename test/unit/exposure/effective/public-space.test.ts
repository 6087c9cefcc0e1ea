import { describe, expect, it } from 'vitest';
import { readCidrs } from '../../../../core/exposure/effective/cidr.ts';
import { PUBLIC, breadthOf } from '../../../../core/exposure/effective/public-space.ts';

const width = (family: 'v4' | 'v6', ...cidrs: string[]) =>
  breadthOf(family, readCidrs(family, cidrs) ?? [], PUBLIC[family]);

describe('the width of a set of sources', () => {
  it.each([
    [['8.8.8.8/32'], 'single'],
    [['8.8.8.8/32', '8.8.4.4/32'], 'range'],
    [['8.8.8.8/32', '10.0.0.0/8'], 'single'],
    [['9.0.0.0/8'], 'wide'],
    [['9.0.0.0/9'], 'range'],
    [['10.0.0.0/7'], 'wide'], // 11.0.0.0/8 is public
    [['0.0.0.0/1', '128.0.0.0/1'], 'internet'],
    [['0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/3'], 'internet'],
    [['0.0.0.0/1', '128.0.0.0/2', '208.0.0.0/4'], 'wide'],
    [['127.0.0.0/8'], 'host'],
    [['172.16.0.0/12', '192.168.0.0/16'], 'private'],
    [['0.0.0.0/8'], 'private'],
    [['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '198.18.0.0/15'], 'private'],
    [['224.0.0.0/3'], 'private'],
    [[], null],
  ])('%j is %s', (cidrs, breadth) => {
    expect(width('v4', ...cidrs)).toBe(breadth);
  });

  it.each([
    [['2606:4700::1111/128'], 'single'],
    [['2606:4700::/32'], 'wide'],
    [['2606:4700::/33'], 'range'],
    [['::/0'], 'internet'],
    [['fc00::/7'], 'private'],
    [['::1/128'], 'host'],
    [['2001:db8::/32', '3fff::/20'], 'private'],
  ])('%j is %s', (cidrs, breadth) => {
    expect(width('v6', ...cidrs)).toBe(breadth);
  });

  it('is that of everything without the private networks, however it is written', () => {
    // Complement of RFC 1918 as people write it in rules.
    const but10 = [
      '0.0.0.0/5',
      '8.0.0.0/7',
      '11.0.0.0/8',
      '12.0.0.0/6',
      '16.0.0.0/4',
      '32.0.0.0/3',
      '64.0.0.0/2',
      '128.0.0.0/1',
    ];
    expect(width('v4', ...but10)).toBe('internet');
  });
});
