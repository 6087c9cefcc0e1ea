import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networkOf } from '../../../core/net/network-of.ts';
import { RoundTrips } from '../../../core/scanning/round-trips.ts';

const HERE = '192.0.2.3';
const NEXT_DOOR = '192.0.2.200';
const ELSEWHERE = '198.51.100.3';

function heard(trips: RoundTrips, target: number, rtts: readonly number[]): void {
  for (const rtt of rtts) trips.heard(target, rtt);
}
const times = (count: number, rtt: number): number[] => Array.from({ length: count }, () => rtt);

describe('networkOf', () => {
  it.each([
    ['192.0.2.3', '192.0.2.0/24'],
    ['10.0.0.255', '10.0.0.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['::1', '::/64'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('RoundTrips', () => {
  it('waits as long as the job says until a hundred answers have come from the network', () => {
    const trips = new RoundTrips([HERE], 2_250);
    heard(trips, 0, times(99, 10));
    expect(trips.limit(0)).toBe(2_250);
    trips.heard(0, 10);
    expect(trips.limit(0)).toBe(1_250);
  });

  it('measures networks, not addresses, and one network says nothing about another', () => {
    const trips = new RoundTrips([HERE, NEXT_DOOR, ELSEWHERE], 2_250);
    heard(trips, 0, times(100, 10));
    expect([trips.limit(1), trips.limit(2)]).toEqual([1_250, 2_250]);
  });

  it('waits for the second SYN and a round trip where answers are slow', () => {
    const trips = new RoundTrips([HERE], 3_250);
    heard(trips, 0, times(200, 300));
    // The second SYN leaves up to 80 ms late, however even the round trips are.
    expect(Math.round(trips.limit(0))).toBe(1_400);
    // srtt 300, rttvar settles at 100: 1,000 + 300 + 400 within a few ms.
    const uneven = new RoundTrips([HERE], 3_250);
    for (let i = 0; i < 400; i += 1) uneven.heard(0, i % 2 === 0 ? 200 : 400);
    expect(uneven.limit(0)).toBeGreaterThan(1_600);
    expect(uneven.limit(0)).toBeLessThan(1_800);
  });

  it('goes back to the whole limit when an answer came to a repeated SYN, and needs a hundred more', () => {
    const trips = new RoundTrips([HERE], 2_250);
    heard(trips, 0, times(500, 10));
    trips.heard(0, 1_012);
    expect(trips.limit(0)).toBe(2_250);
    heard(trips, 0, times(99, 10));
    expect(trips.limit(0)).toBe(2_250);
    trips.heard(0, 10);
    expect(trips.limit(0)).toBe(1_250);
  });

  it('keeps to the whole limit where no answer is quick enough to tell a repeated SYN by its time', () => {
    const trips = new RoundTrips([HERE], 3_250);
    heard(trips, 0, times(500, 600));
    expect(trips.limit(0)).toBe(3_250);
  });

  it.each([50, 300, 1_250])('changes nothing at a limit of %d ms', (timeoutMs) => {
    const trips = new RoundTrips([HERE], timeoutMs);
    heard(trips, 0, times(500, 1));
    expect([trips.limit(0), trips.least]).toEqual([timeoutMs, timeoutMs]);
  });

  it('is never below two SYNs, never above the limit of the job, whatever is heard', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50, max: 10_000 }),
        fc.array(fc.oneof(fc.float({ min: 0, max: 50, noNaN: true }), fc.float({ min: 0, max: 3_000, noNaN: true })), {
          maxLength: 400,
        }),
        (timeoutMs, rtts) => {
          const trips = new RoundTrips([HERE], timeoutMs);
          for (const rtt of rtts) {
            trips.heard(0, rtt);
            const limit = trips.limit(0);
            expect(limit).toBeLessThanOrEqual(timeoutMs);
            expect(limit).toBeGreaterThanOrEqual(Math.min(timeoutMs, 1_250));
            expect(limit).toBeGreaterThanOrEqual(trips.least);
          }
        },
      ),
    );
  });
});
