import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pacer, sharedRate, TokenBucket } from '../../../core/scanning/pacing.ts';

/** Launches whatever is allowed every `stepMs` for `ms`; `answers` says whether a probe is answered at once. */
function run(pacer: Pacer, options: { ms: number; stepMs: number; answers: boolean }): number[] {
  const launches: number[] = [];
  for (let now = 0; now <= options.ms; now += options.stepMs) {
    while (pacer.mayLaunch(now)) {
      pacer.launched();
      launches.push(now);
      if (options.answers) pacer.answered();
    }
    if (now % 10 === 0) pacer.tick(now);
  }
  return launches;
}

describe('TokenBucket', () => {
  it('saves up no more than 50 ms worth of tokens', () => {
    const bucket = new TokenBucket(1_000, 0);
    expect(bucket.available(60_000)).toBe(50);
    bucket.take();
    expect(bucket.available(60_000)).toBe(49);
    expect(bucket.available(60_001)).toBe(50);
  });

  it('gives one token at a time at a rate below twenty a second', () => {
    const bucket = new TokenBucket(2, 0);
    expect(bucket.available(0)).toBe(1);
    bucket.take();
    expect(bucket.available(400)).toBeCloseTo(0.8);
    expect(bucket.available(500)).toBe(1);
  });
});

describe('Pacer', () => {
  it('never sends more than rate x time + burst in any stretch of time, answered or not, for any rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 200 }),
        (rate, answers, stepMs) => {
          const launches = run(new Pacer(rate, 0), { ms: 2_000, stepMs, answers });
          const burst = Math.max(1, rate / 20);
          for (let from = 0; from < launches.length; from += 97) {
            const to = launches.length - 1;
            const most = (rate * (launches[to]! - launches[from]!)) / 1_000 + burst;
            expect(to - from + 1).toBeLessThanOrEqual(Math.ceil(most + 1e-6));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('starts at 500 a second towards silent hosts and doubles each second up to the rate', () => {
    const perSecond = [0, 0, 0, 0, 0, 0];
    for (const at of run(new Pacer(4_000, 0), { ms: 5_999, stepMs: 10, answers: false }))
      perSecond[Math.floor(at / 1_000)]! += 1;
    expect(perSecond[0]).toBeGreaterThan(600);
    expect(perSecond[0]).toBeLessThan(850);
    expect(perSecond[1]! / perSecond[0]!).toBeCloseTo(2, 0);
    expect(perSecond[4]).toBeGreaterThanOrEqual(3_990);
    expect(perSecond[5]).toBeLessThanOrEqual(4_250);
  });

  it('reaches the full rate within a tenth of a second when every probe is answered', () => {
    const launches = run(new Pacer(20_000, 0), { ms: 200, stepMs: 1, answers: true });
    expect(launches.filter((at) => at > 100).length).toBeGreaterThan(1_950);
  });

  it('after a loss sends at half of what it sent, and climbs by 5 % of the rate a second', () => {
    const pacer = new Pacer(1_000, 0);
    run(pacer, { ms: 1_000, stepMs: 1, answers: true });
    expect(pacer.pace).toBe(1_000);
    pacer.slowDown(0.5);
    expect(pacer.pace).toBe(500);
    pacer.tick(2_000);
    expect(pacer.pace).toBeCloseTo(550, 0);
    pacer.tick(60_000);
    expect(pacer.pace).toBe(1_000);
  });

  it('never stops altogether', () => {
    const pacer = new Pacer(1_000, 0);
    for (let i = 0; i < 100; i += 1) pacer.slowDown(0.5);
    expect(pacer.pace).toBe(1);
    expect(pacer.mayLaunch(5_000)).toBe(true);
  });

  it('begins at the pace that a sweep before it proved, but not above its own rate', () => {
    expect(new Pacer(10_000, 0, { startRate: 4_000 }).pace).toBe(4_000);
    expect(new Pacer(3_000, 0, { startRate: 4_000 }).pace).toBe(3_000);
    expect(new Pacer(10_000, 0, { startRate: 3 }).pace).toBe(500);
  });
});

describe('sharedRate', () => {
  it('keeps tokens for urgent work when bulk work has taken all it may', () => {
    const { urgent, bulk } = sharedRate(1_000, 0);
    let taken = 0;
    for (; bulk.available(0) >= 1; taken += 1) bulk.take();
    expect(taken).toBe(50);
    expect(urgent.available(0)).toBe(10);
  });

  it('keeps tokens for bulk work when back-stops have taken all they may', () => {
    const { bulk, backstop } = sharedRate(1_000, 0);
    let taken = 0;
    for (; backstop.available(0) >= 1; taken += 1) backstop.take();
    expect(taken).toBe(40);
    expect(bulk.available(0)).toBe(10);
  });

  it('lets bulk work and back-stops go on at the lowest rate too', () => {
    expect(sharedRate(1, 0).bulk.available(0)).toBe(1);
    expect(sharedRate(1, 0).backstop.available(0)).toBe(1);
  });

  it('holds all together to the rate', () => {
    const { urgent, bulk, backstop } = sharedRate(1_000, 0);
    let sent = 0;
    for (let now = 0; now < 10_000; now += 1) {
      for (const source of [urgent, bulk, backstop]) {
        for (; source.available(now) >= 1; sent += 1) source.take();
      }
    }
    expect(sent).toBeLessThanOrEqual(10_060);
    expect(sent).toBeGreaterThan(9_900);
  });
});
