import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { PortIndex } from '../../../core/scanning/port-index.ts';
import { PortRuns, RunWriter } from '../../../core/scanning/port-runs.ts';

const port = fc.integer({ min: 0, max: 65_535 });
const ascending = fc
  .tuple(fc.uniqueArray(port, { maxLength: 60 }), port, fc.nat({ max: 300 }))
  .map(([some, from, more]) => {
    const run = Array.from({ length: more }, (_, i) => Math.min(65_535, from + i));
    return [...new Set([...some, ...run])].toSorted((a, b) => a - b);
  });

describe('runs', () => {
  it('are the ports that were written, as few as there can be', () => {
    const writer = new RunWriter();
    fc.assert(
      fc.property(ascending, (ports) => {
        for (const one of ports) writer.add(one);
        const ends = writer.take().slice();
        expect([...ends]).toEqual(PortSet.from(ports).ranges.flat());
        const runs = new PortRuns(ends);
        expect([...runs]).toEqual(ports);
        expect(runs.length).toBe(ports.length);
        expect(writer.take().length).toBe(0);
      }),
    );
  });

  it('have room for every second port', () => {
    const writer = new RunWriter();
    for (let one = 1; one <= 65_535; one += 2) writer.add(one);
    const runs = new PortRuns(writer.take());
    expect([runs.length, runs.ends.length, [...runs].at(-1)]).toEqual([32_768, 65_536, 65_535]);
  });
});

describe('runAt', () => {
  it('is the place of a run all of whose ports are in the list, and -1 of any other', () => {
    const index = new PortIndex([
      [10, 19],
      [22, 22],
      [30, 39],
    ]);
    expect(index.runAt(10, 19)).toBe(0);
    expect(index.runAt(22, 22)).toBe(10);
    expect(index.runAt(35, 39)).toBe(16);
    expect([index.runAt(18, 22), index.runAt(9, 12), index.runAt(38, 41), index.runAt(1, 65_535)]).toEqual([
      -1, -1, -1, -1,
    ]);
  });
});
