import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObservedSegment } from '../../../core/fingerprints/fingerprint.ts';
import { MAX_SEGMENTS, neverSeen, notSeenSince, stamp } from '../../../core/fingerprints/observed.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { toInstant } from '../../../core/time.ts';

const looks = fc.array(
  fc.record({
    ports: fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 6 }),
    ms: fc.integer({ min: 0, max: 500 }),
  }),
  { maxLength: 60 },
);

describe('observed segments', () => {
  it('are disjoint, few, and never older than the truth; exact while they are few', () => {
    fc.assert(
      fc.property(looks, (list) => {
        let segments: ObservedSegment[] = [];
        const truth = new Map<number, string>();
        let merged = false;
        for (const { ports, ms } of list) {
          const at = toInstant(ms);
          const newer = notSeenSince(segments, PortSet.from(ports), at);
          segments = stamp(segments, newer, at);
          merged ||= segments.length === MAX_SEGMENTS;
          for (const port of ports) if ((truth.get(port) ?? '') < at) truth.set(port, at);
        }
        expect(segments.length).toBeLessThanOrEqual(MAX_SEGMENTS);
        const seen = segments.flatMap(({ ports, at }) => [...PortSet.parse(ports)].map((port) => ({ port, at })));
        expect(seen.map(({ port }) => port).sort((a, b) => a - b)).toEqual([...truth.keys()].sort((a, b) => a - b));
        for (const { port, at } of seen) {
          const right = merged ? at >= (truth.get(port) ?? '') : at === truth.get(port);
          expect({ port, right }).toEqual({ port, right: true });
        }
      }),
    );
  });

  it('join the two oldest when there are too many, with the newer of their times', () => {
    let segments: ObservedSegment[] = [];
    for (let i = 1; i <= 33; i += 1) segments = stamp(segments, PortSet.of(i), toInstant(i));
    expect(segments).toHaveLength(32);
    expect(segments.at(-1)).toEqual({ ports: '1-2', at: '1970-01-01T00:00:00.002Z' });
  });

  it('know which ports were never seen', () => {
    const segments = [{ ports: '1-10', at: '2026-03-01T09:00:00.000Z' }];
    expect(neverSeen(segments, PortSet.of(5, 11)).toString()).toBe('11');
  });
});
