import { describe, expect, it } from 'vitest';
import { textOf } from '../../../core/exposure/effective/cidr.ts';
import { PUBLIC } from '../../../core/exposure/effective/public-space.ts';
import { AddressSet } from '../../../core/net/address-set.ts';
import { PRIVATE_SPACE, publicPart } from '../../../core/net/public-space.ts';

describe('public addresses', () => {
  it('are the same for who judges an exposure and who closes it', () => {
    const everything = AddressSet.fromCidrs(['0.0.0.0/0', '::/0']);
    const judged = (['v4', 'v6'] as const).map((family) => textOf(family, PUBLIC[family])).join(',');
    expect(publicPart(everything).toString()).toBe(judged);
  });

  it.each([
    ['8.8.8.8', true],
    ['11.0.0.0', true],
    ['2600::1', true],
    ['10.255.255.255', false],
    ['100.64.0.1', false],
    ['172.31.0.1', false],
    ['192.168.1.1', false],
    ['169.254.169.254', false],
    ['240.0.0.1', false],
    ['fd00::1', false],
    ['2001:db8::1', false],
  ])('%s: %s', (address, isPublic) => {
    expect(publicPart(AddressSet.parse(address)).isEmpty).toBe(!isPublic);
    expect(publicPart(PRIVATE_SPACE).isEmpty).toBe(true);
  });
});
