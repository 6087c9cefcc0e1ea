import { describe, expect, it } from 'vitest';
import { AddressSet } from '../../../../core/net/address-set.ts';
import { NETWORKS } from './arbitrary-closures.ts';
import { SOURCES } from './traffic-oracle.ts';

describe('the small universe of the oracle', () => {
  it.each([...new Set(NETWORKS)])('has a source that tells %s from the networks in it', (network) => {
    const whole = AddressSet.parse(network);
    const inside = NETWORKS.map((each) => AddressSet.parse(each)).filter(
      (each) => !each.equals(whole) && each.subtract(whole).isEmpty,
    );
    const own = inside.reduce((left, each) => left.subtract(each), whole);
    const standing = Object.keys(SOURCES).filter((address) => own.has(address));
    expect(own.isEmpty || standing.length > 0, `${own.toString()} has no source in SOURCES`).toBe(true);
  });
});
