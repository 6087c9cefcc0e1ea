import { describe, expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { AddressTallies } from '../../../core/scanning/address-tallies.ts';
import type { Seen } from '../../../core/scanning/address-tally.ts';

const START = '2026-03-01T09:00:00.000Z';
const SOON = '2026-03-01T09:00:01.000Z';
const END = '2026-03-01T09:00:09.000Z';
const [ONE, TWO, THREE] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
const seen = (ports: readonly number[], state: Seen['state']): Seen => ({
  ports,
  state,
  reason: state === 'open' ? 'syn-ack' : 'no-answer',
  rttMs: null,
  tries: 1,
});
const of = (ports: string, ...addresses: string[]): AddressTallies => {
  const list = PortSet.parse(ports);
  return new AddressTallies(
    addresses.map((address) => ({ address, ports: list })),
    START,
    'tcp',
  );
};

describe('AddressTallies', () => {
  it('gives results in the order of the targets, and none for what was not seen', () => {
    const tallies = of('22,80', ONE, TWO, THREE);
    tallies.add(THREE, seen([22, 80], 'filtered'), SOON);
    tallies.add(ONE, seen([22], 'filtered'), SOON);
    expect(tallies.results(END)).toMatchObject([
      { address: ONE, covered: '22', finishedAt: END },
      { address: THREE, covered: '22,80', finishedAt: SOON },
    ]);
  });

  it('has finished an address when the last of its ports was seen, and takes no more of it', () => {
    const tallies = of('22,80', ONE);
    tallies.add(ONE, seen([80], 'open'), START);
    tallies.add(ONE, seen([22], 'closed'), SOON);
    tallies.add(ONE, seen([22], 'open'), END);
    expect(tallies.results(END)).toEqual([
      {
        address: ONE,
        protocol: 'tcp',
        covered: '22,80',
        open: [{ port: 80, reason: 'syn-ack', rttMs: 0, tries: 1 }],
        closed: '22',
        unknown: '',
        unknownReasons: {},
        probes: 1,
        startedAt: START,
        finishedAt: SOON,
      },
    ]);
  });

  it('starts every address from nothing', () => {
    const tallies = of('1-3', ONE, TWO);
    tallies.add(ONE, seen([1, 2, 3], 'closed'), SOON);
    tallies.add(TWO, seen([2], 'unknown'), SOON);
    expect(tallies.results(END)).toMatchObject([
      { address: ONE, covered: '1-3', closed: '1-3' },
      { address: TWO, covered: '2', closed: '', unknown: '2' },
    ]);
  });

  it('hears that an address is alive before, during and after its ports', () => {
    const tallies = of('22', ONE, TWO, THREE);
    tallies.add(ONE, seen([22], 'filtered'), SOON);
    tallies.alive(ONE, 'icmp-echo');
    tallies.alive(TWO, 'tcp');
    tallies.add(TWO, seen([22], 'open'), SOON);
    tallies.alive(THREE, 'icmp-echo');
    expect(tallies.results(END)).toMatchObject([
      { address: ONE, alive: 'icmp-echo', covered: '22' },
      { address: TWO, alive: 'tcp', covered: '22' },
      { address: THREE, alive: 'icmp-echo', covered: '' },
    ]);
  });

  it('takes nothing of an address that is no target', () => {
    const tallies = of('22', ONE);
    tallies.add(TWO, seen([22], 'open'), SOON);
    tallies.alive(TWO, 'tcp');
    expect(tallies.results(END)).toEqual([]);
  });
});
