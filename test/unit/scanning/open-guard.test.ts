import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpenGuard } from '../../../core/scanning/open-guard.ts';

/** Launches all, then hears of the open ones in launch order. Returns the sequence number it stopped at, or null. */
function hear(open: (sequence: number) => boolean, launches: number, inFlight: number): number | null {
  const guard = new OpenGuard();
  const waiting: number[] = [];
  for (let i = 0; i < launches + inFlight; i += 1) {
    if (i < launches) waiting.push(guard.launch());
    if (i < inFlight) continue;
    const sequence = waiting.shift();
    if (sequence !== undefined && open(sequence) && guard.sawOpen(sequence)) return sequence;
  }
  return null;
}

describe('OpenGuard', () => {
  it('stops a host that is open everywhere soon after its 51st open port, however many probes are in flight', () => {
    for (const inFlight of [1, 64, 400]) {
      const stoppedAt = hear(() => true, 10_000, inFlight);
      expect(stoppedAt).not.toBeNull();
      expect(stoppedAt).toBeGreaterThanOrEqual(53);
      expect(stoppedAt).toBeLessThan(64 + inFlight);
    }
  });

  it('lets a host with up to 50 open ports alone, wherever they are', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 2_000 }), { maxLength: 50 }), (list) => {
        const open = new Set(list);
        expect(hear((sequence) => open.has(sequence), 2_001, 100)).toBeNull();
      }),
    );
  });

  it('lets a host alone whose every sixth port is open: the five ports after the alarm are not', () => {
    expect(hear((sequence) => sequence % 6 === 0, 65_535, 64)).toBeNull();
  });

  it('notices a host that starts to answer everywhere in the middle of a scan', () => {
    const stoppedAt = hear((sequence) => sequence >= 30_000, 65_535, 64);
    expect(stoppedAt).toBeGreaterThan(30_200);
    expect(stoppedAt).toBeLessThan(30_300);
  });

  it('does not mistake the open ports of a filtered host, which answer first, for everything', () => {
    const guard = new OpenGuard();
    const sequences = Array.from({ length: 8_000 }, () => guard.launch());
    const stopped = sequences.filter((sequence) => sequence % 20 === 0).some((sequence) => guard.sawOpen(sequence));
    expect(stopped).toBe(false);
  });
});
