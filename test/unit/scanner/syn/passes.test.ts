import { describe, expect, it } from 'vitest';
import { Canaries } from '../../../../fargate-scanner/engines/syn/sweep/canaries.ts';
import { HostLoss } from '../../../../fargate-scanner/engines/syn/hosts/host-loss.ts';
import { Hosts, SENDING, WAITING } from '../../../../fargate-scanner/engines/syn/hosts/hosts.ts';
import { Pace } from '../../../../fargate-scanner/engines/syn/sweep/pace.ts';
import { Passes } from '../../../../fargate-scanner/engines/syn/sweep/passes.ts';
import { RoundTrips } from '../../../../fargate-scanner/engines/syn/hosts/round-trips.ts';
import { aWorkerJob, type WorkerJobOver } from '../../../builders/worker-job.ts';

/** The host has sent its first pass; ten of its ports answered, and canaries from the place `from` on. */
function aScene(given: { canaries?: number; lost?: number; from?: number; over?: WorkerJobOver } = {}) {
  const { canaries = 0, lost = 0, from = 100, over = {} } = given;
  const job = aWorkerJob({ tries: 2, timeoutMs: 600, ...over });
  const hosts = new Hosts(job);
  hosts.answered[0] = 10;
  hosts.cursor[0] = 1_000;
  if (canaries > 0) hosts.unproven[0] = from;
  hosts.loss.learn(0, canaries, lost);
  return { hosts, passes: new Passes(hosts, job) };
}

describe('the passes of a host', () => {
  it('are all that was asked for where nothing was measured', () => {
    const { hosts, passes } = aScene();
    expect(passes.over(0)).toBe(0);
    expect([hosts.pass[0], hosts.end[0], hosts.cursor[0], hosts.phase[0]]).toEqual([2, 0, 0, SENDING]);
    expect(passes.over(0)).toBe(2);
  });

  it('are one where nothing was lost, and a second over what came before that was measured', () => {
    const { hosts, passes } = aScene({ canaries: 500 });
    expect(passes.over(0)).toBe(0);
    expect([hosts.pass[0], hosts.end[0], hosts.cursor[0]]).toEqual([2, 100, 0]);
    expect(passes.over(0)).toBe(1);
    expect(hosts.good[0]).toBe(1);
  });

  it('are one where loss was measured from the start on', () => {
    expect(aScene({ canaries: 500, from: 0 }).passes.over(0)).toBe(1);
  });

  it('go on over the rest when packets are lost after all', () => {
    const { hosts, passes } = aScene({ canaries: 500 });
    passes.over(0);
    hosts.cursor[0] = 100;
    hosts.loss.learn(0, 100, 5);
    expect(passes.over(0)).toBe(0);
    expect([hosts.pass[0], hosts.end[0], hosts.cursor[0], hosts.partial[0]]).toEqual([2, 0, 100, 0]);
    expect(passes.over(0)).toBe(2);
  });

  it('are more where more is lost', () => {
    const { hosts, passes } = aScene({ canaries: 500, lost: 50 });
    const needed: number[] = [];
    while ((needed.at(-1) ?? 0) === 0 && needed.length < 20) needed.push(passes.over(0));
    expect(needed).toEqual([0, 0, 0, 4]);
    expect(hosts.good[0]).toBe(4);
  });

  it('do not count while answers may have been dropped, and end all the same', () => {
    const { hosts, passes } = aScene({ canaries: 500 });
    let count = 0;
    do {
      hosts.tainted[0] = 1;
      count += 1;
    } while (passes.over(0) === 0 && count < 50);
    expect(hosts.good[0]).toBe(0);
    expect(count).toBe(4);
  });

  it('go on at once when answers to the first probes have had their time, and are judged together', () => {
    const { hosts, passes } = aScene({ canaries: 500 });
    hosts.launch(0, 1_000);
    expect(passes.goOn(0, 1_500)).toBe(false);
    expect(passes.goOn(0, 1_600)).toBe(true);
    expect([hosts.pass[0], hosts.end[0], hosts.cursor[0]]).toEqual([2, 100, 0]);
    expect(passes.goOn(0, 9_000)).toBe(false);
    expect(passes.over(0)).toBe(1);
  });

  it('are never fewer than asked where every try is one SYN', () => {
    const { passes } = aScene({ canaries: 500, from: 0, over: { tries: 2, enough: 2 } });
    expect(passes.goOn(0, 9_000)).toBe(false);
    expect([passes.over(0), passes.over(0)]).toEqual([0, 2]);
  });
});

describe('the loss of a host', () => {
  it('is what a pass heard by what the one before heard', () => {
    const loss = new HostLoss(2);
    for (let i = 0; i < 8; i += 1) loss.heard(0);
    loss.countPass(0, 1);
    expect(loss.of(0)).toEqual({ attempts: 0, failures: 0 });
    loss.heard(0);
    loss.countPass(0, 2);
    loss.learn(1, 3, 1);
    expect([loss.of(0), loss.all]).toEqual([
      { attempts: 8, failures: 1 },
      { attempts: 11, failures: 2 },
    ]);
  });
});

describe('how long an answer may take', () => {
  it('is the time limit until three round trips are known, then their longest and more, 200 ms at least', () => {
    const trips = new RoundTrips(1, 600);
    trips.heard(0, 100);
    trips.heard(0, 100);
    expect(trips.waitOf(0, false)).toBe(600);
    trips.heard(0, 130);
    // 130, four times the spread of 30, and 50.
    expect(trips.waitOf(0, false)).toBe(300);
    for (let i = 0; i < 2; i += 1) trips.heard(0, 500);
    expect(trips.waitOf(0, false)).toBe(600);
  });

  it('is little more than the round trip when that is well known and nothing is lost', () => {
    const trips = new RoundTrips(1, 600);
    for (let i = 0; i < 31; i += 1) trips.heard(0, 1);
    expect(trips.waitOf(0, false)).toBe(200);
    trips.heard(0, 1);
    expect(trips.waitOf(0, false)).toBe(51);
    expect(trips.waitOf(0, true)).toBe(200);
  });

  it('forgets one late answer', () => {
    const trips = new RoundTrips(1, 600);
    trips.heard(0, 1_000);
    for (let i = 0; i < 200; i += 1) trips.heard(0, 1);
    expect(trips.waitOf(0, false)).toBeLessThan(52);
  });
});

describe('canaries', () => {
  const aFlock = () => {
    const hosts = new Hosts(aWorkerJob({ tries: 2, timeoutMs: 600 }));
    hosts.phase[0] = SENDING;
    const canaries = new Canaries(hosts);
    for (let index = 0; index < 8; index += 1) {
      hosts.states.set(hosts.pairOf(0, index), 1);
      canaries.learn(0, index);
    }
    return { hosts, canaries };
  };

  it('are one in about 200 probes when many are sent, more when few are', () => {
    const send = (msBetween: number): number => {
      const { canaries } = aFlock();
      let sent = 0;
      for (let probes = 1; probes <= 20_000; probes += 1) {
        const now = 1 + probes * msBetween;
        const place = canaries.due(now, probes);
        if (place === -1) continue;
        canaries.sent(place, now, probes);
        canaries.heard(0, canaries.indexAt(place), now);
        sent += 1;
      }
      return sent;
    };
    expect(send(0.001)).toBeGreaterThan(80);
    expect(send(0.001)).toBeLessThan(120);
    expect(send(10)).toBe(400);
  });

  it('are one at a time for each pair, and none for a host that waits', () => {
    const { hosts, canaries } = aFlock();
    const places = new Set<number>();
    for (let i = 1; i <= 8; i += 1) {
      const place = canaries.due(10 * i, 1_000 * i);
      places.add(place);
      canaries.sent(place, 10 * i, 1_000 * i);
    }
    expect(places.size).toBe(8);
    expect(canaries.due(90, 9_000)).toBe(-1);
    canaries.heard(0, 3, 95);
    expect(canaries.indexAt(canaries.due(100, 10_000))).toBe(3);
    hosts.phase[0] = WAITING;
    expect(canaries.due(100, 10_000)).toBe(-1);
  });

  it('tell the loss of a whole cohort when its last one has ended, lost ones included', () => {
    const { hosts, canaries } = aFlock();
    let now = 1;
    for (let i = 0; i < 64; i += 1) {
      now += 700;
      const place = canaries.due(now, (i + 1) * 1_000);
      canaries.sent(place, now, (i + 1) * 1_000);
      expect(canaries.measure(now)).toBeUndefined();
      // Every fourth is lost: it is given up at the time limit.
      if (i % 4 !== 0) canaries.heard(0, canaries.indexAt(place), now);
    }
    now += 700;
    expect(canaries.measure(now)).toEqual({ startedAt: 701, lost: 0.25 });
    expect(hosts.loss.all).toEqual({ attempts: 64, failures: 16 });
  });
});

describe('the pace', () => {
  it('is halved by a cohort that lost much, not by one that left before that, and climbs again', () => {
    const pace = new Pace(1_000, aWorkerJob().control, 0);
    expect(pace.lost(0.1, 5, 10)).toBe(false);
    expect(pace.lost(0.5, 5, 10)).toBe(true);
    expect(pace.value).toBe(500);
    expect(pace.lost(0.5, 9, 20)).toBe(false);
    expect(pace.value).toBe(500);
    expect(pace.lost(0, 11, 30)).toBe(false);
    expect(pace.value).toBe(500);
    pace.lost(0, 11, 160);
    expect(pace.value).toBe(625);
    pace.lost(0, 11, 170);
    expect(pace.value).toBe(625);
  });

  it('is what it was when being slower does not help', () => {
    const pace = new Pace(1_000, aWorkerJob().control, 0);
    for (let i = 1; i <= 3; i += 1) expect(pace.lost(0.4, i * 10, i * 10)).toBe(true);
    expect(pace.value).toBe(125);
    expect(pace.lost(0.4, 40, 40)).toBe(false);
    expect(pace.value).toBe(1_000);
    expect(pace.lost(0.4, 50, 50)).toBe(false);
    expect(pace.value).toBe(1_000);
  });
});
