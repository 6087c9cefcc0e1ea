import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../core/errors.ts';
import { PortSet } from '../../../core/net/port-set.ts';

/** A small universe with both ends of the real one, so that neighbours and edges meet often. */
const port = fc.oneof(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 65_520, max: 65_535 }));
const ports = fc.array(port, { maxLength: 30 });
const range = fc.tuple(port, port).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const ascending = (values: Iterable<number>) => [...new Set(values)].sort((a, b) => a - b);

describe('a set of ports', () => {
  it('holds the ports it was made of, ascending and once', () => {
    fc.assert(
      fc.property(ports, (list) => {
        expect([...PortSet.from(list)]).toEqual(ascending(list));
      }),
    );
  });

  it('agrees with a plain Set in union, intersection, difference, size and membership', () => {
    fc.assert(
      fc.property(ports, ports, port, (left, right, probe) => {
        const [a, b] = [PortSet.from(left), PortSet.from(right)];
        const [x, y] = [new Set(left), new Set(right)];
        expect([...a.union(b)]).toEqual(ascending([...x, ...y]));
        expect([...a.intersect(b)]).toEqual(ascending([...x].filter((p) => y.has(p))));
        expect([...a.subtract(b)]).toEqual(ascending([...x].filter((p) => !y.has(p))));
        expect(a.size).toBe(x.size);
        expect(a.isEmpty).toBe(x.size === 0);
        expect(a.has(probe)).toBe(x.has(probe));
      }),
    );
  });

  it('keeps its ranges sorted, disjoint and not adjacent', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), fc.array(range, { maxLength: 12 }), (left, right) => {
        for (const set of [PortSet.fromRanges(left), PortSet.fromRanges(left).subtract(PortSet.fromRanges(right))]) {
          const wrong = set.ranges.filter(([from, to], i) => from > to || from <= (set.ranges[i - 1]?.[1] ?? -2) + 1);
          expect(wrong).toEqual([]);
        }
      }),
    );
  });

  it('reads back its own text', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (list) => {
        const set = PortSet.fromRanges(list);
        expect(PortSet.parse(set.toString()).equals(set)).toBe(true);
      }),
    );
  });

  it('prints ranges and single ports', () => {
    expect(PortSet.of(8001, 22, 8000, 80).toString()).toBe('22,80,8000-8001');
    expect(PortSet.EMPTY.toString()).toBe('');
    expect(PortSet.ALL.size).toBe(65_535);
    expect(JSON.stringify({ ports: PortSet.of(22) })).toBe('{"ports":"22"}');
  });

  it.each([
    ['70000', 'Port 70000 does not exist: ports are 1 to 65535.'],
    ['90-80', 'Port range 90-80 is reversed: write 80-90.'],
    ['22,,80', '"" is not a port: write a number 1-65535, a range such as 8000-8100, or a list name (high-risk, all).'],
    [
      '1-2-3',
      '"1-2-3" is not a port: write a number 1-65535, a range such as 8000-8100, or a list name (high-risk, all).',
    ],
    ['-5', '"-5" is not a port: write a number 1-65535, a range such as 8000-8100, or a list name (high-risk, all).'],
  ])('refuses the text %j', (text, message) => {
    expect(() => PortSet.parse(text)).toThrow(new BadInput(message));
  });

  it('refuses numbers that are no ports', () => {
    for (const bad of [-1, 65_536, 1.5, Number.NaN]) expect(() => PortSet.of(bad)).toThrow(BadInput);
  });
});
