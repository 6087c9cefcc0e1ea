import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canBeSortKey,
  FINGERPRINTS,
  lastRunKey,
  leaseKey,
  partitionsOf,
  RUN_SHARDS,
  runKey,
  runListingKeys,
  runShardKey,
  secondsKey,
  shardedKey,
  shardOf,
  timeKey,
  UDP_FINGERPRINTS,
} from '../../../adapters/aws/dynamo/keys.ts';
import { leaseGroupOf } from '../../../core/planning/lease-group.ts';

describe('keys of the table', () => {
  it('never change: an item written by an older release is found by its id', () => {
    // FNV-1a of "foobar" is 0xbf9cf968, of "" 0x811c9dc5 (the test vectors of its authors).
    expect(shardOf('foobar')).toBe(0xbf9cf968 % 8);
    expect(shardOf('')).toBe(0x811c9dc5 % 8);
    expect(shardedKey('FINDING', 'foobar')).toEqual({ pk: 'FINDING#0', sk: 'foobar' });
  });

  it('have fingerprints of UDP beside those of TCP, whose partitions stay', () => {
    expect(shardedKey(FINGERPRINTS, 'foobar')).toEqual({ pk: 'FINGERPRINT#0', sk: 'foobar' });
    expect(shardedKey(UDP_FINGERPRINTS, 'foobar')).toEqual({ pk: 'FINGERPRINT-UDP#0', sk: 'foobar' });
  });

  it('have the shards of a run after everything else of it, so that one range is all of them', () => {
    expect(runShardKey('r-1', 's-1')).toEqual({ pk: 'RUN#r-1', sk: 'RUN-SHARD#s-1' });
    const { sk: listing } = runListingKeys('r-1', '2026-03-01T09:00:00.000Z', 1);
    expect([runKey('r-1').sk, listing].every((sk) => sk < RUN_SHARDS)).toBe(true);
  });

  it('name the last run of a task under a key that no run has', () => {
    expect(lastRunKey('1')).toEqual({ pk: 'RUN#last:1', sk: 'RUN-LAST' });
  });

  it('name the leases of an address by its group, which two releases at once must agree on', () => {
    // The first eight hex digits of the SHA-256 of the address as JSON, modulo 8.
    expect(leaseGroupOf('192.0.2.1')).toBe(6);
    expect(leaseGroupOf('2001:db8::1')).toBe(4);
    expect(leaseKey(5)).toEqual({ pk: 'LEASE#5', sk: 'LEASE' });
  });

  it('put every id in one of the partitions that lists read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        expect(partitionsOf('FINDING')).toContain(shardedKey('FINDING', id).pk);
      }),
    );
  });

  it('spread addresses over all partitions, none with more than twice its share', () => {
    const counts = Array.from({ length: 8 }, () => 0);
    for (let i = 0; i < 4_096; i += 1) counts[shardOf(`10.1.${i >> 8}.${i & 255}`)]! += 1;
    expect(Math.max(...counts)).toBeLessThan(1_024);
    expect(Math.min(...counts)).toBeGreaterThan(256);
  });

  it('sort as time, then id, and an instant alone before every key of it', () => {
    const at = '2026-03-01T09:00:00.000Z';
    const keys = [at, timeKey(at, 'a'), timeKey(at, 'b'), timeKey('2026-03-01T09:00:00.001Z', 'a')];
    expect([...keys].sort()).toEqual(keys);
  });

  it('sort seconds as numbers', () => {
    expect(['9', '10', '999999999', '1772355600'].map(Number).map(secondsKey)).toEqual([
      '0000000009',
      '0000000010',
      '0999999999',
      '1772355600',
    ]);
  });

  it('count the bytes of an id, not its characters', () => {
    expect(canBeSortKey('ö'.repeat(512))).toBe(true);
    expect(canBeSortKey('ö'.repeat(513))).toBe(false);
    expect(canBeSortKey('')).toBe(false);
  });
});
