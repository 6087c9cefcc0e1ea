import { describe, expect, it } from 'vitest';
import { PortSet } from '../../../../core/net/port-set.ts';
import { divide } from '../../../../fargate-scanner/engines/connect/divide.ts';
import { Merge } from '../../../../fargate-scanner/engines/connect/merge.ts';
import type { EngineEvent, Observation, PortState } from '../../../../fargate-scanner/engines/engine.ts';

const LONG = '192.0.2.1';
const SHORT = '192.0.2.2';

/** Two sweeps: the first has the even-numbered ports of LONG (by place in the list), the second the others; SHORT is in the first. */
function aMerge() {
  const target = (address: string, ports: string) => ({
    address,
    ranges: PortSet.parse(ports).ranges,
    bucket: null,
    own: false,
  });
  const shares = divide([target(LONG, '1-10000'), target(SHORT, '1-10')], 2);
  const events: EngineEvent[] = [];
  const stopped: string[] = [];
  const merge = new Merge({
    shares,
    tries: 2,
    pace: () => 1_234.5,
    emit: (event) => events.push(event),
    stopPart: (sweep, part) => stopped.push(`${sweep}:${part}`),
  });
  return { merge, events, stopped };
}

const seen = (address: string, ports: readonly number[], state: PortState, reason: string): Observation => ({
  address,
  ports,
  state,
  reason,
  rttMs: null,
  tries: 2,
});
const observations = (...list: Observation[]): EngineEvent => ({ kind: 'observations', observations: list });
const done = (probes: number, complete = true): EngineEvent => ({ kind: 'done', complete, probes });

describe('Merge', () => {
  it('ends when the last sweep ends, complete when all were, with the probes of all', () => {
    const { merge, events } = aMerge();
    merge.heard(0, done(10));
    expect(events).toEqual([]);
    merge.heard(1, done(5));
    expect(events).toEqual([done(15)]);
    const other = aMerge();
    other.merge.heard(1, done(5, false));
    other.merge.heard(0, done(10));
    expect(other.events).toEqual([done(15, false)]);
  });

  it('adds up progress, and counts what was planned at first', () => {
    const { merge, events } = aMerge();
    merge.heard(0, { kind: 'progress', done: 100, total: 7, rate: 50 });
    merge.heard(1, { kind: 'progress', done: 30, total: 7, rate: 20 });
    merge.heard(0, done(110));
    merge.heard(1, { kind: 'progress', done: 40, total: 7, rate: 25 });
    expect(events).toEqual([
      { kind: 'progress', done: 100, total: 20_020, rate: 50 },
      { kind: 'progress', done: 130, total: 20_020, rate: 70 },
      { kind: 'progress', done: 150, total: 20_020, rate: 25 },
    ]);
  });

  it('tells the pace of all when one has lost something', () => {
    const { merge, events } = aMerge();
    merge.heard(0, { kind: 'loss', reason: 'lost-syn', pace: 3 });
    expect(events).toEqual([{ kind: 'loss', reason: 'lost-syn', pace: 1_235 }]);
  });

  it('stops an address in every sweep that has a part of it, and tells it once', () => {
    const { merge, events, stopped } = aMerge();
    merge.heard(0, { kind: 'stopped', address: LONG, reason: 'everything-open: 52 of 60 ports' });
    merge.heard(1, { kind: 'stopped', address: LONG, reason: 'everything-open: 51 of 70 ports' });
    expect(stopped.slice(0, 2)).toEqual(['0:0', '1:0']);
    expect(events).toEqual([{ kind: 'stopped', address: LONG, reason: 'everything-open: 52 of 60 ports' }]);
  });

  it('calls refused by a firewall what one sweep saw so, when the address answered another', () => {
    const { merge, events } = aMerge();
    merge.heard(0, observations(seen(LONG, [1, 3], 'unknown', 'EHOSTUNREACH'), seen(LONG, [5], 'unknown', 'EPERM')));
    expect(events).toEqual([observations(seen(LONG, [5], 'unknown', 'EPERM'))]);
    merge.heard(1, observations(seen(LONG, [2], 'closed', 'ECONNREFUSED')));
    merge.heard(0, done(6));
    merge.heard(1, done(2));
    expect(events.slice(2)).toEqual([observations(seen(LONG, [1, 3], 'filtered', 'EHOSTUNREACH')), done(8)]);
  });

  it('leaves it unknown when the address answered none, and does not wait with an address that is in one sweep', () => {
    const { merge, events } = aMerge();
    const away = seen(LONG, [1], 'unknown', 'EHOSTUNREACH');
    const short = seen(SHORT, [1], 'unknown', 'EHOSTUNREACH');
    merge.heard(0, observations(away, short));
    expect(events).toEqual([observations(short)]);
    merge.heard(0, done(2));
    merge.heard(1, done(0));
    expect(events.slice(1)).toEqual([observations(away), done(2)]);
  });

  it('says which addresses are not covered when a sweep is lost, and is not complete', () => {
    const { merge, events } = aMerge();
    const ten = Array.from({ length: 10 }, (_, i) => i + 1);
    merge.heard(0, observations(seen(SHORT, ten, 'closed', 'ECONNREFUSED'), seen(LONG, [1], 'closed', 'ECONNREFUSED')));
    merge.heard(1, done(10));
    merge.lost(0, 'thread-crashed: out of memory');
    expect(events.slice(1)).toEqual([
      { kind: 'stopped', address: LONG, reason: 'thread-crashed: out of memory' },
      done(10, false),
    ]);
    merge.heard(0, done(3));
    expect(events).toHaveLength(3);
  });
});
