import { describe, expect, it } from 'vitest';
import { blindSpots, enginesOf, reasonsOf, scannedWith, vacancies } from '../../../core/planning/scanned-with.ts';
import { aTaskRun } from '../../builders/task-run.ts';

const estimate = { loss: 0.0034, missedOpen: 0.02, receiveDrops: 0, probes: 1_000 };

describe('how a run was scanned, for people', () => {
  it('is nothing while no shard has ended', () => {
    expect([scannedWith(aTaskRun()), enginesOf(aTaskRun()), blindSpots(aTaskRun())]).toEqual([null, '', []]);
  });

  it('names the engine and what it measured', () => {
    const run = aTaskRun({ engines: { syn: 40 }, estimate });
    expect(scannedWith(run)).toBe('engine syn; 0.3 % of answers lost, 0.0 openings expected to be missed');
    expect([enginesOf(run), blindSpots(run)]).toEqual(['syn', []]);
  });

  it('names several with their shards, the busiest first, and every reason', () => {
    const whyNotBetter = ['CAP_NET_RAW is missing', 'no address to send from'];
    const run = aTaskRun({ engines: { syn: 1, connect: 1_040 }, whyNotBetter });
    expect(scannedWith(run)).toBe(
      'engines connect (1,040 shards), syn (1 shard); no better one: CAP_NET_RAW is missing; no address to send from',
    );
    expect(enginesOf(run)).toBe('connect, syn');
  });

  it('says of an engine that was chosen just that: nothing is missing', () => {
    const run = aTaskRun({ engines: { connect: 1 }, whyNotBetter: ['connect was asked for'] });
    expect(scannedWith(run)).toBe('engine connect, as asked');
  });

  it('says once of an address that it answers everywhere, however many shards say so', () => {
    const everywhere = (address: string, open: number) =>
      `${address} answers on nearly every port (${open} of the first 240) and was left alone`;
    const down = '192.0.2.5 was given up: no machine answers for the address (EHOSTDOWN)';
    const reasons = [everywhere('192.0.2.3', 105), down, everywhere('192.0.2.3', 117), everywhere('192.0.2.4', 99)];
    expect(reasonsOf({ reasons })).toEqual([everywhere('192.0.2.3', 105), down, everywhere('192.0.2.4', 99)]);
  });

  it('says how many addresses nobody has, however many ports and shards each had', () => {
    const run = (vacant: number) => vacancies(aTaskRun({ addresses: 256, probes: 256 * 1_000, vacant }));
    expect(run(0)).toBeNull();
    expect(run(1_000)).toBe("1 of 256 addresses is vacant: no machine of the scanner's own network has it");
    expect(run(127 * 1_000)).toBe("127 of 256 addresses are vacant: no machine of the scanner's own network has them");
    // Where ports of some are excluded the others count for more: never for none, and never for more than there are.
    expect(run(10)).toMatch(/^1 of 256 addresses is /);
    expect(run(300_000)).toMatch(/^256 of 256 addresses are /);
  });

  it('warns from half a missed opening on, and of any answer that was lost here', () => {
    const missing = (over: object) => aTaskRun({ engines: { syn: 1 }, estimate: { ...estimate, ...over } });
    expect(blindSpots(missing({ missedOpen: 0.499 }))).toEqual([]);
    expect(blindSpots(missing({ missedOpen: 0.5 }))).toHaveLength(1);
    expect(blindSpots(missing({ receiveDrops: 1 }))).toHaveLength(1);
    expect(enginesOf(missing({ missedOpen: 3, receiveDrops: 1 }))).toBe('syn (may have missed openings)');
  });
});
