import { describe, expect, it } from 'vitest';
import { lossOf, missedAfter, passesFor } from '../../../../core/scanning/syn/loss.ts';

const NONE = { answered: 0, failed: 0, canaries: 0, lost: 0 };

describe('the estimate of loss', () => {
  it('is failures by attempts, canaries included; without samples none', () => {
    expect(lossOf(NONE)).toBe(0);
    expect(lossOf({ answered: 95, failed: 5, canaries: 0, lost: 0 })).toBe(0.05);
    expect(lossOf({ answered: 90, failed: 0, canaries: 10, lost: 5 })).toBe(0.05);
    expect(lossOf({ answered: 0, failed: 0, canaries: 4, lost: 4 })).toBe(1);
  });

  it('says how many answers are missing after some passes', () => {
    expect(missedAfter(100, 0, 1)).toBe(0);
    // 1,000 answer; half of the probes are lost: 500 were heard.
    expect(missedAfter(500, 0.5, 1)).toBe(500);
    expect(missedAfter(750, 0.5, 2)).toBe(250);
    expect(missedAfter(1, 1, 3)).toBe(Infinity);
  });
});

describe('the passes a host needs', () => {
  it('are as many as asked where nothing is lost', () => {
    expect(passesFor(1, { ...NONE, answered: 65_535 }, NONE)).toBe(1);
    expect(passesFor(3, NONE, NONE)).toBe(3);
  });

  it('are more while loss would leave answers unheard', () => {
    expect(passesFor(1, { ...NONE, answered: 12, failed: 1 }, NONE)).toBe(3);
    expect(passesFor(2, { answered: 65_000, failed: 3_400, canaries: 0, lost: 0 }, NONE)).toBe(6);
  });

  it('go by the loss of all hosts where this one has hardly answered', () => {
    const all = { answered: 950, failed: 50, canaries: 0, lost: 0 };
    expect(passesFor(1, { ...NONE, answered: 2 }, all)).toBe(2);
    expect(passesFor(1, { ...NONE, answered: 2 }, NONE)).toBe(1);
  });

  it('end somewhere, and never before what was asked', () => {
    expect(passesFor(1, { answered: 100, failed: 900, canaries: 0, lost: 0 }, NONE)).toBe(8);
    expect(passesFor(11, { answered: 100, failed: 900, canaries: 0, lost: 0 }, NONE)).toBe(11);
  });
});
