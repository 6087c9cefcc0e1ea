import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admittedOf, canonicalPairs, gainedOf, hashOfPairs } from '../../../core/exposure/admitted.ts';
import { type Breadth, BREADTHS } from '../../../core/net/breadth.ts';
import { PortSet } from '../../../core/net/port-set.ts';

const pair = (ports: string, breadth: Breadth, protocol = 'tcp') => ({
  protocol,
  ports: PortSet.parse(ports),
  breadth,
});
const PORTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const pairs = fc.array(
  fc.record({
    protocol: fc.constantFrom('tcp', 'udp'),
    ports: fc.subarray(PORTS).map((ports) => PortSet.from(ports)),
    breadth: fc.constantFrom(...BREADTHS),
  }),
  { maxLength: 6 },
);

/** Position of the widest public breadth that lets the port in, -1 for none: port by port. */
function widthAt(list: readonly ReturnType<typeof pair>[], port: number, protocol = 'tcp'): number {
  const widths = list
    .filter((one) => one.protocol === protocol && one.ports.has(port))
    .map(({ breadth }) => BREADTHS.indexOf(breadth))
    .filter((width) => width >= BREADTHS.indexOf('single'));
  return Math.max(-1, ...widths);
}

describe('what is admitted at an address', () => {
  it('has each port once, with its widest source, and nothing that is not public', () => {
    expect(
      canonicalPairs([
        pair('22', 'single'),
        pair('20-30', 'internet'),
        pair('40', 'private'),
        pair('53', 'wide', 'udp'),
        pair('29-31', 'single'),
        pair('80', 'aws-edge'),
      ]),
    ).toEqual([
      { protocol: 'tcp', ports: '20-30', breadth: 'internet' },
      { protocol: 'tcp', ports: '31', breadth: 'single' },
      { protocol: 'udp', ports: '53', breadth: 'wide' },
    ]);
  });

  it('has one text for one meaning, whatever the pieces and their order', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const canonical = canonicalPairs(list);
        const inPieces = list.flatMap((one) =>
          [...one.ports].map((port) => ({ ...one, ports: PortSet.of(port) })).reverse(),
        );
        expect(canonicalPairs(inPieces.reverse())).toEqual(canonical);
        expect(hashOfPairs(canonicalPairs(inPieces))).toBe(hashOfPairs(canonical));
        expect([...admittedOf('tcp', canonical)]).toEqual(PORTS.filter((port) => widthAt(list, port) >= 0));
      }),
    );
  });

  it('gains what is let in from wider than before', () => {
    fc.assert(
      fc.property(pairs, pairs, (before, after) => {
        const gained = gainedOf('tcp', canonicalPairs(before), canonicalPairs(after));
        expect([...gained]).toEqual(PORTS.filter((port) => widthAt(after, port) > widthAt(before, port)));
      }),
    );
  });

  it('gains and loses nothing when nothing changes, and gains what it lost when it comes back', () => {
    const wide = canonicalPairs([pair('22,80', 'internet')]);
    const narrow = canonicalPairs([pair('22', 'single'), pair('80', 'internet')]);
    expect(gainedOf('tcp', wide, wide).isEmpty).toBe(true);
    expect(gainedOf('tcp', wide, narrow).isEmpty).toBe(true);
    expect(gainedOf('tcp', narrow, wide).toString()).toBe('22');
    expect(gainedOf('tcp', [], wide).toString()).toBe('22,80');
  });
});
