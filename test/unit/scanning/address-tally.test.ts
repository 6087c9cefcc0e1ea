import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { PortIndex } from '../../../core/scanning/port-index.ts';
import { PortRuns } from '../../../core/scanning/port-runs.ts';
import { AddressTally, type Seen } from '../../../core/scanning/address-tally.ts';

const START = '2026-03-01T09:00:00.000Z';
const END = '2026-03-01T09:00:01.000Z';
const seen = (port: number | number[], state: Seen['state'], over: Partial<Seen> = {}): Seen => ({
  ports: [port].flat(),
  state,
  reason: state === 'open' ? 'connected' : 'no-answer',
  rttMs: null,
  tries: 1,
  ...over,
});

function tallied(...list: Seen[]) {
  const tally = new AddressTally();
  for (const one of list) tally.add(one);
  return tally.result('192.0.2.3', START, END);
}

describe('AddressTally', () => {
  it('keeps apart what finished a handshake and what only began one', () => {
    expect(
      tallied(seen(22, 'open', { reason: 'syn-ack' }), seen(80, 'open'))?.open.map(({ reason }) => reason),
    ).toEqual(['syn-ack', 'connected']);
  });

  it('lists open ports one by one, closed and unknown as sets, and leaves silence to be computed', () => {
    expect(
      tallied(
        seen(80, 'open', { rttMs: 1.25 }),
        seen(22, 'open', { reason: 'open-then-reset', tries: 2 }),
        seen(23, 'closed', { reason: 'ECONNREFUSED' }),
        seen(24, 'filtered'),
        seen([25, 26], 'unknown', { reason: 'EMFILE' }),
      ),
    ).toEqual({
      address: '192.0.2.3',
      protocol: 'tcp',
      covered: '22-26,80',
      open: [
        { port: 22, reason: 'open-then-reset', rttMs: 0, tries: 2 },
        { port: 80, reason: 'connected', rttMs: 1.25, tries: 1 },
      ],
      closed: '23',
      unknown: '25-26',
      unknownReasons: { EMFILE: 2 },
      probes: 1,
      startedAt: START,
      finishedAt: END,
    });
  });

  it('counts the fewest answers or silences behind a closed or filtered port; open and unknown ones do not count', () => {
    const tries3 = { tries: 3 };
    expect(tallied(seen(1, 'closed', tries3), seen(2, 'filtered', { tries: 2 }))?.probes).toBe(2);
    expect(tallied(seen(1, 'closed', tries3), seen(2, 'open'), seen(3, 'unknown'))?.probes).toBe(3);
  });

  it('covers what it was told of and nothing else, whatever the order', () => {
    const states = ['open', 'closed', 'filtered', 'unknown'] as const;
    const told = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 65_535 }), fc.constantFrom(...states)), {
      selector: ([port]) => port,
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(told, fc.constantFrom('known', 'unknown'), fc.boolean(), (list, size, again) => {
        const tally = new AddressTally(
          size === 'known' ? new PortIndex(PortSet.from(list.map(([port]) => port)).ranges) : undefined,
        );
        for (const [port, state] of list) tally.add(seen(port, state));
        // Told again: nothing changes.
        for (const [port, state] of again ? list.slice(0, 1) : []) if (state !== 'open') tally.add(seen(port, state));
        const result = tally.result('192.0.2.3', START, END);
        const ports = (...wanted: string[]) =>
          PortSet.from(list.filter(([, state]) => wanted.includes(state)).map(([port]) => port)).toString();
        expect(result?.covered).toBe(ports(...states));
        expect(result?.closed).toBe(ports('closed'));
        expect(result?.unknown).toBe(ports('unknown'));
        expect(PortSet.from((result?.open ?? []).map(({ port }) => port)).toString()).toBe(ports('open'));
      }),
    );
  });

  it('keeps the first sign of life, also of an address that was not probed, and says nothing without one', () => {
    const tally = new AddressTally();
    tally.alive('icmp-echo');
    tally.alive('tcp');
    expect(tally.result('192.0.2.3', START, END)).toMatchObject({ alive: 'icmp-echo', covered: '', open: [] });
    tally.add(seen(22, 'filtered'));
    expect(tally.result('192.0.2.3', START, END)).toMatchObject({ alive: 'icmp-echo', covered: '22' });
    expect(tallied(seen(22, 'open'))).not.toHaveProperty('alive');
  });

  it('takes runs of ports as it takes the ports one by one, whatever list it scans', () => {
    const ports = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 40 });
    fc.assert(
      fc.property(ports, ports, ports, (list, closed, filtered) => {
        const scanned = new PortIndex(PortSet.from(list).ranges);
        const states = [
          ['closed', closed],
          ['filtered', filtered],
        ] as const;
        const [single, inRuns] = [new AddressTally(scanned), new AddressTally(scanned)];
        for (const [state, found] of states) {
          single.add(seen(found, state));
          const ends = PortSet.from(found).ranges.flat();
          inRuns.add(seen([], state, { ports: new PortRuns(Uint16Array.from(ends)) }));
        }
        expect(inRuns.result('192.0.2.3', START, END)).toEqual(single.result('192.0.2.3', START, END));
        expect(inRuns.isComplete).toBe(single.isComplete);
      }),
    );
  });

  it('takes no part of what was not asked for', () => {
    const tally = new AddressTally(new PortIndex([[22, 23]]));
    tally.add({ ...seen(80, 'open') });
    tally.add(seen(81, 'closed'));
    expect(tally.result('192.0.2.3', START, END)).toBeUndefined();
    tally.add(seen(22, 'closed'));
    expect(tally.result('192.0.2.3', START, END)).toMatchObject({ covered: '22', open: [] });
  });

  it('gives no result for an address of which nothing was probed', () => {
    expect(tallied()).toBeUndefined();
  });
});
