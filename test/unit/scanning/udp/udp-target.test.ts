import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UdpTarget, type UdpVerdict } from '../../../../core/scanning/udp/udp-target.ts';
import { type Kind, type Model, scanModel } from './model-host.ts';

const LINUX = { burst: 6, everyMs: 1_000, rttMs: 20 };
const many = (count: number, kind: Kind): Kind[] => Array.from({ length: count }, () => kind);

function scan(model: Model, options: { tries?: number; stopAt?: number; seed?: number; most?: number } = {}) {
  const verdicts: UdpVerdict[] = [];
  const { tries = 1, seed = 3, ...how } = options;
  const settle = (verdict: UdpVerdict) => verdicts.push(verdict);
  const target = new UdpTarget(model.kinds.length, { tries, timeoutMs: 1_250, seed, settle });
  return { target, verdicts, ...scanModel(target, verdicts, model, how) };
}

const count = (states: readonly (string | undefined)[], state: string): number =>
  states.filter((one) => one === state).length;

describe('a host that may send one ICMP error a second, as Linux may', () => {
  it('is scanned for as long as it takes to hear of every closed port', () => {
    const { states, at } = scan({ ...LINUX, kinds: many(45, 'closed') });
    expect(states).toEqual(many(45, 'closed'));
    // 45 errors, of which 6 were saved up.
    expect(at).toBeGreaterThan(39_000);
    expect(at).toBeLessThan(55_000);
  });

  it('has its dropped ports told from its closed ones', () => {
    const kinds = [...many(20, 'closed'), ...many(20, 'silent'), ...many(3, 'open')];
    const { states, reasons } = scan({ ...LINUX, kinds });
    expect(states).toEqual([
      ...many(20, 'closed'),
      ...Array.from({ length: 20 }, () => 'filtered'),
      ...many(3, 'open'),
    ]);
    expect(count(reasons, 'no-answer')).toBe(20);
    expect(count(reasons, 'answered')).toBe(3);
  });

  it('leaves unknown, with the reason, what did not fit into two minutes', () => {
    const { states, reasons, at } = scan({ ...LINUX, kinds: many(400, 'closed') });
    expect(count(states, 'closed')).toBeGreaterThan(100);
    expect(count(states, 'closed') + count(states, 'unknown')).toBe(400);
    expect(count(reasons, 'icmp-rate-limited')).toBe(count(states, 'unknown'));
    expect(at).toBeLessThan(130_000);
  });

  it('leaves unknown what was silent when the scan was stopped', () => {
    const { states, reasons } = scan({ ...LINUX, kinds: many(45, 'closed') }, { stopAt: 5_000 });
    expect(count(states, 'closed')).toBeGreaterThan(6);
    expect(count(reasons, 'icmp-rate-limited')).toBe(45 - count(states, 'closed'));
  });
});

it('is not deceived by a firewall whose own ICMP errors go on when the host has none left', () => {
  const kinds = [...many(30, 'closed'), ...many(3, 'prohibited')];
  for (let seed = 0; seed < 10; seed += 1) {
    const { states } = scan({ ...LINUX, kinds, firewall: true }, { seed });
    expect([count(states, 'closed'), count(states, 'filtered')]).toEqual([30, 3]);
  }
});

it('takes a host that sends no ICMP errors at its silence, after as many tries as asked', () => {
  const { states, verdicts, probes } = scan({ ...LINUX, kinds: [...many(30, 'silent'), 'open'] }, { tries: 3 });
  expect(states).toEqual([...Array.from({ length: 30 }, () => 'filtered'), 'open']);
  expect(verdicts.filter(({ state }) => state === 'filtered').every(({ tries }) => tries === 3)).toBe(true);
  expect(probes).toBe(91);
});

it('asks many silent ports at once where few errors are due', () => {
  const kinds = [...many(1_000, 'silent'), ...many(3, 'closed')];
  const { states, probes, at } = scan({ ...LINUX, kinds }, { most: 20 });
  expect(count(states, 'filtered')).toBe(1_000);
  expect(count(states, 'closed')).toBe(3);
  expect(probes).toBeLessThan(2_600);
  // 20 ports to a group, of which one a second has its control answered.
  expect(at).toBeLessThan(70_000);
});

it('asks a port that gave a strange answer on, and believes what comes then', () => {
  const verdicts: UdpVerdict[] = [];
  const settle = (verdict: UdpVerdict) => verdicts.push(verdict);
  const target = new UdpTarget(3, { tries: 1, timeoutMs: 1_000, seed: 1, settle });
  expect(new Set([target.next(0, 1), target.next(0, 1), target.next(0, 1)].flat())).toEqual(new Set([0, 1, 2]));
  for (const index of [0, 1, 2]) target.unexpected(index);
  target.answered(1, 40);
  target.refused(2, { state: 'closed', reason: 'icmp-port-unreachable' }, 'host', 50);
  target.expire(1_000, false);
  expect(verdicts.map(({ index, state, reason, rttMs }) => [index, state, reason, rttMs])).toEqual([
    [1, 'open', 'answered', 40],
    [2, 'closed', 'icmp-port-unreachable', null],
    [0, 'unknown', 'unexpected-answer', null],
  ]);
  expect(target.finished).toBe(true);
});

it('knows nothing of a host that routers call unreachable, unless it answers elsewhere', () => {
  const run = (answers: boolean): unknown => {
    const verdicts: UdpVerdict[] = [];
    const settle = (verdict: UdpVerdict) => verdicts.push(verdict);
    const target = new UdpTarget(3, { tries: 1, timeoutMs: 1_000, seed: 1, settle });
    for (let i = 0; i < 3; i += 1) target.next(0, 1);
    target.refused(0, { state: 'unreachable', reason: 'EHOSTUNREACH' }, 'host', 10);
    if (answers) target.answered(1, 20);
    target.expire(1_000, false);
    return verdicts.map(({ index, state, reason }) => `${index} ${state} ${reason}`).toSorted();
  };
  expect(run(false)).toEqual(['0 unknown EHOSTUNREACH', '1 unknown EHOSTUNREACH', '2 unknown EHOSTUNREACH']);
  expect(run(true)).toEqual(['0 filtered EHOSTUNREACH', '1 open answered', '2 filtered no-answer']);
});

it('asks again where a router once knew no way, and believes what comes then', () => {
  const verdicts: UdpVerdict[] = [];
  const settle = (verdict: UdpVerdict) => verdicts.push(verdict);
  const target = new UdpTarget(4, { tries: 2, timeoutMs: 1_000, seed: 1, settle });
  const noWay = { state: 'unreachable', reason: 'EHOSTUNREACH' } as const;
  const ask = (at: number) => [target.next(at, 1), target.next(at, 1), target.next(at, 1), target.next(at, 1)].flat();
  expect(new Set(ask(0))).toEqual(new Set([0, 1, 2, 3]));
  for (const index of [0, 1, 2, 3]) target.refused(index, noWay, 'router', 10);
  // The answer to the first question, late.
  target.answered(3, 900);
  target.expire(1_000, false);
  expect(new Set(ask(1_000))).toEqual(new Set([0, 1, 2]));
  target.answered(0, 1_040);
  target.refused(1, { state: 'closed', reason: 'icmp-port-unreachable' }, 'host', 1_050);
  for (let now = 2_000; !target.finished && now < 200_000; now += 50) {
    target.next(now, 9);
    target.expire(now, false);
  }
  expect(verdicts.map(({ index, state, reason }) => [index, state, reason])).toEqual([
    [3, 'open', 'answered'],
    [0, 'open', 'answered'],
    [1, 'closed', 'icmp-port-unreachable'],
    [2, 'filtered', 'EHOSTUNREACH'],
  ]);
});

it('tries a probe that did not leave a bounded number of times, then says why', () => {
  const verdicts: UdpVerdict[] = [];
  const settle = (verdict: UdpVerdict) => verdicts.push(verdict);
  const target = new UdpTarget(2, { tries: 1, timeoutMs: 1_000, seed: 1, settle });
  const refused = target.next(0, 1)[0] ?? -1;
  target.failed(refused, 'EPERM', false);
  let attempts = 0;
  for (let index = target.next(0, 1)[0]; index !== undefined; index = target.next(0, 1)[0]) {
    attempts += 1;
    target.failed(index, 'ENOBUFS', true);
  }
  target.expire(1, false);
  expect(attempts).toBe(8);
  expect(verdicts.map(({ state, reason }) => `${state} ${reason}`)).toEqual(['unknown EPERM', 'unknown ENOBUFS']);
  expect(target.finished).toBe(true);
});

it('gives silent ports up as unknown when its only control can not be asked any more', () => {
  const verdicts: UdpVerdict[] = [];
  const settle = (verdict: UdpVerdict) => verdicts.push(verdict);
  const target = new UdpTarget(2, { tries: 1, timeoutMs: 1_000, seed: 1, settle });
  const asked = [target.next(0, 9), target.next(0, 9)].flat();
  const [control = -1, silent = -1] = asked;
  target.refused(control, { state: 'closed', reason: 'icmp-port-unreachable' }, 'host', 10);
  target.expire(1_000, false);
  expect(target.next(1_000, 9)).toEqual([silent, control]);
  target.failed(control, 'EPERM', false);
  target.expire(1_010, false);
  expect(verdicts.map(({ index, state, reason }) => [index, state, reason])).toEqual([
    [control, 'closed', 'icmp-port-unreachable'],
    [silent, 'unknown', 'icmp-rate-limited'],
  ]);
  expect(target.finished).toBe(true);
});

it('does not count silence while this machine had no room for what came', () => {
  const verdicts: UdpVerdict[] = [];
  const settle = (verdict: UdpVerdict) => verdicts.push(verdict);
  const target = new UdpTarget(1, { tries: 1, timeoutMs: 1_000, seed: 1, settle });
  for (const at of [0, 1_000, 2_000]) {
    expect(target.next(at, 1)).toEqual([0]);
    target.expire(at + 1_000, true);
  }
  expect(verdicts).toMatchObject([{ state: 'unknown', reason: 'receive-drops' }]);
  expect(target.finished).toBe(true);
});

const kind = fc.constantFrom<Kind>('open', 'closed', 'silent', 'prohibited');
const models = fc.record({
  kinds: fc.array(kind, { minLength: 1, maxLength: 120 }),
  burst: fc.integer({ min: 1, max: 60 }),
  everyMs: fc.constantFrom(0, 1, 5, 62, 100, 250, 500, 1_000),
  rttMs: fc.integer({ min: 1, max: 300 }),
  firewall: fc.boolean(),
});
const RIGHT = { open: 'open', closed: 'closed', silent: 'filtered', prohibited: 'filtered' } as const;

describe('whatever a host answers and however it limits its ICMP errors', () => {
  it('every port gets one verdict, and it is right or unknown', () => {
    fc.assert(
      fc.property(models, fc.integer({ min: 1, max: 3 }), fc.nat(1_000), (model, tries, seed) => {
        const { target, verdicts, states } = scan(model, { tries, seed });
        expect(target.finished).toBe(true);
        expect(verdicts).toHaveLength(model.kinds.length);
        const wrong = states.filter((state, i) => state !== RIGHT[model.kinds[i]!] && state !== 'unknown');
        expect(wrong).toEqual([]);
        // Nothing stays open to doubt that could be settled in two minutes at one a second.
        expect(count(states, 'unknown')).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('an open port is found, and nothing else called open, although every tenth packet is lost', () => {
    fc.assert(
      fc.property(models, fc.nat(1_000), (model, seed) => {
        const lost = (n: number): boolean => (n * 7 + seed) % 10 === 0;
        const { states, target } = scan({ ...model, lost }, { tries: 4, seed });
        expect(target.finished).toBe(true);
        expect(states.every((state, i) => state !== 'open' || model.kinds[i] === 'open')).toBe(true);
        expect(states.every((state, i) => state !== 'closed' || model.kinds[i] === 'closed')).toBe(true);
        expect(count(states, 'open')).toBeGreaterThanOrEqual(Math.floor(count(model.kinds, 'open') * 0.8));
      }),
      { numRuns: 40 },
    );
  });

  it('a stopped scan ends, and calls no closed port filtered', () => {
    fc.assert(
      fc.property(models, fc.integer({ min: 0, max: 5_000 }), (model, stopAt) => {
        const { target, states } = scan(model, { stopAt });
        expect(target.finished).toBe(true);
        const hears = model.kinds.some((one, i) => one === 'closed' && states[i] === 'closed');
        expect(hears && states.some((state, i) => state === 'filtered' && model.kinds[i] === 'closed')).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
