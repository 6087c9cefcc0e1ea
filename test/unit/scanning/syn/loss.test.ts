import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Evidence, isMeasured, lossOf, missedAfter, passesFor } from '../../../../core/scanning/syn/loss.ts';
import { seeded } from '../../../support/random.ts';

const NONE = { attempts: 0, failures: 0 };
const ONE_HOST = { asked: 2, enough: 1, hosts: 1 };
const of = (attempts: number, failures: number): Evidence => ({ attempts, failures });

describe('the part that is lost', () => {
  it('is failures by attempts; without attempts none', () => {
    expect(lossOf(NONE)).toBe(0);
    expect(lossOf(of(100, 5))).toBe(0.05);
    expect(lossOf(of(4, 4))).toBe(1);
  });

  it('is believed by what answers are still missing', () => {
    // 1 of 2: half is lost; 500 of 1,000 were heard.
    expect(missedAfter(500, of(1e6, 5e5), of(1e6, 5e5), 1)).toBeCloseTo(500, 0);
    expect(missedAfter(750, of(1e6, 5e5), of(1e6, 5e5), 2)).toBeCloseTo(250, 0);
    // Nothing lost of 99: half of a hundredth, as Jeffreys says.
    expect(missedAfter(199, of(99, 0), of(99, 0), 1)).toBeCloseTo(1, 10);
  });

  it('is more where fewer probes have shown it', () => {
    expect(missedAfter(12, of(10, 0), of(10, 0), 1)).toBeGreaterThan(missedAfter(12, of(1_000, 0), of(1_000, 0), 1));
    expect(missedAfter(12, of(10, 1), of(10, 1), 3)).toBeGreaterThan(
      missedAfter(12, of(1_000, 100), of(1_000, 100), 3),
    );
  });

  it('is that of the others where the host itself has shown nothing', () => {
    expect(missedAfter(100, NONE, of(10_000, 1_000), 1)).toBeCloseTo(11.1, 0);
  });
});

describe('the passes a host needs', () => {
  it('are as many as asked where no packet was lost and little is known', () => {
    expect(passesFor(ONE_HOST, 12, NONE, NONE)).toBe(2);
    expect(passesFor(ONE_HOST, 12, of(15, 0), of(100_000, 0))).toBe(2);
    expect(passesFor({ asked: 6, enough: 3, hosts: 1 }, 0, NONE, NONE)).toBe(6);
  });

  it('are fewer where many probes with known answers lost nothing', () => {
    expect(isMeasured(of(300, 0))).toBe(true);
    expect(passesFor(ONE_HOST, 12, of(300, 0), of(300, 0))).toBe(1);
    expect(passesFor({ asked: 6, enough: 3, hosts: 1 }, 12, of(300, 0), of(300, 0))).toBe(3);
    // Half of 1/300 of 12 answers on each of 32 hosts is too much; the others have measured the same way.
    expect(passesFor({ ...ONE_HOST, hosts: 32 }, 12, of(300, 0), of(300, 0))).toBe(2);
    expect(passesFor({ ...ONE_HOST, hosts: 32 }, 12, of(300, 0), of(9_600, 0))).toBe(1);
  });

  it('are as many as asked after one lost probe, and never fewer for many answers', () => {
    expect(passesFor(ONE_HOST, 12, of(100, 1), of(100, 1))).toBeGreaterThanOrEqual(2);
    expect(passesFor(ONE_HOST, 60_000, of(300, 0), of(300, 0))).toBe(2);
  });

  it('are more while loss would leave answers unheard', () => {
    expect(passesFor(ONE_HOST, 12, of(300, 30), of(300, 30))).toBe(4);
    expect(passesFor(ONE_HOST, 65_000, of(3_000, 150), of(3_000, 150))).toBe(6);
    expect(passesFor({ ...ONE_HOST, hosts: 32 }, 12, of(300, 30), of(9_600, 960))).toBe(5);
  });

  it('go by the loss of all hosts where this one has hardly answered, or not at all', () => {
    expect(passesFor(ONE_HOST, 2, NONE, of(1_000, 50))).toBe(2);
    expect(passesFor({ ...ONE_HOST, hosts: 100 }, 2, NONE, of(1_000, 50))).toBe(4);
    expect(passesFor({ ...ONE_HOST, hosts: 100 }, 0, NONE, of(1_000, 100))).toBe(5);
  });

  it('end somewhere, and never before what was asked where packets are lost', () => {
    expect(passesFor(ONE_HOST, 100, of(1_000, 900), of(1_000, 900))).toBe(8);
    expect(passesFor({ asked: 11, enough: 11, hosts: 1 }, 100, of(1_000, 900), of(1_000, 900))).toBe(11);
  });

  it('never fall when more was lost', () => {
    const counts = fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 5_000 }));
    fc.assert(
      fc.property(
        counts,
        fc.integer({ min: 0, max: 65_535 }),
        fc.integer({ min: 1, max: 256 }),
        (pair, answered, hosts) => {
          const [failures, attempts] = pair.toSorted((a, b) => a - b) as [number, number];
          const passes = (lost: number): number =>
            passesFor({ asked: 2, enough: 1, hosts }, answered, of(attempts, lost), of(attempts, lost));
          expect(passes(failures)).toBeLessThanOrEqual(passes(Math.min(attempts, failures + 1)));
        },
      ),
    );
  });
});

interface World {
  readonly seed: number;
  readonly hosts: number;
  readonly open: number;
  /** Whether a probe or its answer is lost. */
  readonly lost: (random: () => number) => boolean;
}

/**
 * A scan as the engine does it, of fewer ports: in each pass every open port that is still silent, spread over 4,000 probes, and 200 probes to
 * open ports that are known. Returns the passes of each host, and how many open ports were never heard.
 */
function simulate({ seed, hosts, open, lost }: World): { passes: number[]; missed: number } {
  const random = seeded(seed);
  const own = Array.from({ length: hosts }, () => ({ attempts: 0, failures: 0 }));
  const all = { attempts: 0, failures: 0 };
  const heard = Array.from({ length: hosts }, () => new Set<number>());
  const passes = Array.from({ length: hosts }, () => 0);
  let going = passes.map((_, host) => host);
  while (going.length > 0) {
    for (const host of going) {
      const mine = heard[host] ?? new Set();
      for (let probe = 0; probe < 4_000; probe += 1) {
        const port = probe % Math.floor(4_000 / open) === 0 ? probe / Math.floor(4_000 / open) : -1;
        const gone = lost(random);
        if (port !== -1 && port < open && !mine.has(port) && !gone) mine.add(port);
        if (probe % 20 !== 19 || mine.size === 0) continue;
        const failures = lost(random) ? 1 : 0;
        for (const counts of [own[host], all]) {
          if (counts === undefined) continue;
          counts.attempts += 1;
          counts.failures += failures;
        }
      }
      passes[host] = (passes[host] ?? 0) + 1;
    }
    going = going.filter((host) => {
      const wanted = { asked: 2, enough: 1, hosts };
      return (passes[host] ?? 0) < passesFor(wanted, heard[host]?.size ?? 0, own[host] ?? NONE, all);
    });
  }
  return { passes, missed: heard.reduce((sum, { size }) => sum + open - size, 0) };
}

const independent = (part: number) => (random: () => number) => random() < part;

/** Gilbert's model: while it is bad all is lost, on average for `length` packets. */
function bursts(part: number, length: number): (random: () => number) => boolean {
  let bad = false;
  return (random) => {
    bad = bad ? random() >= 1 / length : random() < part / (1 - part) / length;
    return bad;
  };
}

describe('a scan that follows the loss', () => {
  it.each([0.02, 0.0975, 0.3])('misses nothing in nearly all of 40 scans of 8 hosts when %f is lost', (part) => {
    const worlds = Array.from({ length: 40 }, (_, seed) =>
      simulate({ seed, hosts: 8, open: 12, lost: independent(part) }),
    );
    // 0.01 are expected in each scan: 0.4 in all of them. Chance exceeds 4 once in 10,000 times.
    expect(worlds.reduce((sum, { missed }) => sum + missed, 0)).toBeLessThanOrEqual(4);
  });

  it('misses little when what is lost comes in bursts', () => {
    const worlds = Array.from({ length: 40 }, (_, seed) =>
      simulate({ seed, hosts: 8, open: 12, lost: bursts(0.05, 20) }),
    );
    expect(worlds.reduce((sum, { missed }) => sum + missed, 0)).toBeLessThanOrEqual(7);
  });

  it('sends each SYN once when nothing is lost', () => {
    const { passes, missed } = simulate({ seed: 3, hosts: 8, open: 12, lost: independent(0) });
    expect(missed).toBe(0);
    expect(passes).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });
});
