import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortSet } from '../../../../core/net/port-set.ts';
import type { ScanTarget } from '../../../../fargate-scanner/engines/engine.ts';
import { sharesOf, threadsFor } from '../../../../fargate-scanner/engines/syn/shares.ts';
import { aJob } from '../../../support/scanner/engine.ts';

const target = (n: number, ports: PortSet, rate: number | null = null): ScanTarget => ({
  address: `198.18.${n >> 8}.${n & 255}`,
  ports,
  rate,
});
const all = (count: number, ports: string, rate: number | null = null): ScanTarget[] => {
  const set = PortSet.parse(ports);
  return Array.from({ length: count }, (_, n) => target(n, set, rate));
};

describe('threadsFor', () => {
  const much = { targets: all(32, '1-65535'), rate: 10_000_000, tries: 1, cores: 4 };
  it.each([
    ['as many as cores', much, 4],
    ['a fraction of a core is none', { ...much, cores: 1.9 }, 1],
    ['less than a core', { ...much, cores: 0.25 }, 1],
    ['no more than its rate keeps busy', { ...much, rate: 900_000 }, 2],
    ['an ordinary rate', { ...much, rate: 20_000 }, 1],
    ['no more than the rates of its addresses keep busy', { ...much, targets: all(32, '1-65535', 1_000) }, 1],
    ['no more than its probes keep busy', { ...much, targets: all(16, '1-65535') }, 2],
    ['tries are probes', { ...much, targets: all(16, '1-65535'), tries: 2 }, 4],
    ['one address', { ...much, targets: all(1, '1-65535'), tries: 9 }, 1],
    ['so many addresses that memory counts', { ...much, targets: all(8_193, '1-1000') }, 1],
  ])('%s', (_name, { cores, ...job }, count) => {
    expect(threadsFor(aJob('1', job), () => cores)).toBe(count);
  });
});

describe('sharesOf', () => {
  it('is the job itself for one thread', () => {
    const targets = all(3, '1-9');
    expect(sharesOf(targets, 1)).toEqual([targets]);
  });

  it('puts every address into exactly one share, none of them empty, each with as many ports but for one address', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 6 }), (lists, count) => {
        const targets = lists.map((size, n) => target(n, PortSet.parse(`1-${size}`)));
        const shares = sharesOf(targets, count);
        expect(shares.length).toBe(Math.min(count, targets.length));
        expect(new Set(shares.flat())).toEqual(new Set(targets));
        expect(shares.flat().length).toBe(targets.length);
        const sums = shares.map((share) => share.reduce((sum, { ports }) => sum + ports.size, 0));
        expect(Math.min(...sums)).toBeGreaterThan(0);
        expect(Math.max(...sums) - Math.min(...sums)).toBeLessThanOrEqual(Math.max(...lists));
      }),
    );
  });
});
