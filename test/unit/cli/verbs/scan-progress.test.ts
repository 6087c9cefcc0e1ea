import { describe, expect, it } from 'vitest';
import { ScanProgressLines } from '../../../../local/cli/verbs/scan-progress.ts';

const RUN = { probes: 65_535, scope: null };
const scope = (rate: number, probes: number) => ({ targets: '', ports: '', busiest: { rate, probes } });

/** The lines of a scan that is asked every 300 ms, with the second of each. */
function linesOf(
  endMs: number,
  probedAt: (ms: number) => number,
  run: Parameters<ScanProgressLines['lineAt']>[2] = RUN,
) {
  const lines = new ScanProgressLines(0);
  const said: { at: number; line: string }[] = [];
  for (let at = 0; at <= endMs; at += 300) {
    const line = lines.lineAt(at, Math.floor(probedAt(at)), run);
    if (line !== null) said.push({ at, line });
  }
  return said;
}

describe('how far a scan is', () => {
  it('is said of all of it, with the time that all of it takes', () => {
    const said = linesOf(164_000, (ms) => ms * 0.4);
    expect(said[0]).toEqual({ at: 2_100, line: 'scan: 840 of 65,535 probes (1 %), 400/s, 2m42s left' });
    expect(said.at(-1)?.line).toMatch(/^scan: [\d,]+ of 65,535 probes \(\d\d %\), 400\/s, \d+s left$/);
  });

  it('takes few lines, and in hours one a minute', () => {
    expect(linesOf(1_900, (ms) => ms * 0.4)).toEqual([]);
    expect(linesOf(164_000, (ms) => ms * 0.4).length).toBeLessThan(25);
    const slow = linesOf(3_600_000, (ms) => ms * 0.004);
    expect(slow.length).toBeLessThan(85);
    const gaps = slow.slice(1).map(({ at }, i) => at - (slow[i]?.at ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60_300);
  });

  it('does not take a late start for a slow pace', () => {
    const [first] = linesOf(4_000, (ms) => Math.max(0, ms - 1_800) * 0.4);
    expect(first?.line).toMatch(/ 400\/s, 2m4\ds left$/);
  });

  it('goes by the pace of late, not by what one step did', () => {
    // A shard of 2,047 ends every 5.12 s.
    const steps = linesOf(100_000, (ms) => Math.floor(ms / 5_120) * 2_047);
    for (const { at, line } of steps.filter((one) => one.at > 20_000)) {
      const left = Number(/(\d+)m/.exec(line)?.[1] ?? 0) * 60 + Number(/(\d+)s left/.exec(line)?.[1]);
      expect(Math.abs(left - (164 - at / 1_000))).toBeLessThan(60);
    }
  });

  it('counts with the address that takes longest, however fast the others are done', () => {
    const [first] = linesOf(2_100, () => 32_767, { probes: 65_535, scope: scope(100, 32_768) });
    expect(first?.line).toMatch(/2m44s left$/);
  });

  it('never goes back, and says so when nothing moves', () => {
    const said = linesOf(60_000, (ms) => (ms < 3_000 ? 1_000 : 500));
    expect(said.map(({ line }) => line.split(' (')[0])).toEqual(said.map(() => 'scan: 1,000 of 65,535 probes'));
    expect(said.at(-1)?.line).toBe('scan: 1,000 of 65,535 probes (1 %), 0/s, waiting for answers');
  });

  it('is not said any more when everything is probed', () => {
    expect(linesOf(60_000, () => 65_535)).toEqual([]);
    expect(linesOf(60_000, () => 70_000)).toEqual([]);
  });
});
