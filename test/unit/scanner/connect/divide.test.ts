import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortSet } from '../../../../core/net/port-set.ts';
import { divide, portsOf } from '../../../../fargate-scanner/engines/connect/divide.ts';

const target = (address: string, ports: string, own = false) => ({
  address,
  ranges: PortSet.parse(ports).ranges,
  bucket: null,
  own,
});

describe('divide', () => {
  it('leaves short lists whole and gives each to the sweep that has least', () => {
    const targets = [
      target('192.0.2.1', '1-300'),
      target('192.0.2.2', '1-100'),
      target('192.0.2.3', '1-150'),
      target('192.0.2.4', '1-40'),
    ];
    const shares = divide(targets, 2);
    expect(shares.map((parts) => parts.map(({ address }) => address))).toEqual([
      ['192.0.2.1'],
      ['192.0.2.2', '192.0.2.3', '192.0.2.4'],
    ]);
  });

  it('gives every sweep every second port of a long list', () => {
    const [first, second] = divide([target('192.0.2.1', '1-5,7,9000-19000')], 2);
    expect([...portsOf(first![0]!)].slice(0, 6)).toEqual([1, 3, 5, 9_000, 9_002, 9_004]);
    expect([...portsOf(second![0]!)].slice(0, 6)).toEqual([2, 4, 7, 9_001, 9_003, 9_005]);
  });

  it('leaves a long list of an address of this machine whole', () => {
    const shares = divide([target('192.0.2.1', '1-65535', true), target('192.0.2.2', '1-100')], 2);
    expect(shares.map((parts) => parts.map(({ address, of }) => `${address} ${of}`))).toEqual([
      ['192.0.2.1 1'],
      ['192.0.2.2 1'],
    ]);
  });

  it('puts every port of every address into exactly one sweep, and as many into each but for one list', () => {
    const list = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 65_535 }), fc.nat({ max: 20_000 })), { minLength: 1, maxLength: 5 })
      .map((ranges) =>
        PortSet.fromRanges(ranges.map(([from, more]): [number, number] => [from, Math.min(65_535, from + more)])),
      );
    fc.assert(
      fc.property(fc.array(list, { maxLength: 6 }), fc.integer({ min: 1, max: 5 }), (lists, sweeps) => {
        const targets = lists.map(({ ranges }, i) => ({ address: `192.0.2.${i}`, ranges, bucket: null, own: false }));
        const shares = divide(targets, sweeps);
        expect(shares).toHaveLength(sweeps);
        for (const [number, ports] of lists.entries()) {
          const found = shares
            .flat()
            .filter((part) => part.target === number)
            .flatMap((part) => [...portsOf(part)]);
          expect(found.length).toBe(ports.size);
          expect(PortSet.from(found).toString()).toBe(ports.toString());
        }
        const sizes = shares.map((parts) => parts.reduce((sum, part) => sum + portsOf(part).length, 0));
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(4_096 + lists.length);
      }),
      { numRuns: 40 },
    );
  });
});
