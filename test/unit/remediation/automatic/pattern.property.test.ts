import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AutoPattern } from '../../../../core/config/auto-schema.ts';
import { toSettings } from '../../../../core/config/normalise.ts';
import { PortClass } from '../../../../core/findings/finding.ts';
import { BREADTHS } from '../../../../core/net/breadth.ts';
import { policyFor, policyName, policyStill } from '../../../../core/remediation/automatic/pattern.ts';
import { after } from '../../../../core/time.ts';
import { aFinding } from '../../../builders/finding.ts';

const NOW = '2026-03-01T10:00:00.000Z';
const ACCOUNTS = ['111122223333', 'local'];
const REGIONS = ['eu-west-1', 'local'];

const octet = fc.integer({ min: 0, max: 15 });
const span = fc.tuple(octet, octet).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const some = <T>(values: readonly T[]) => fc.option(fc.subarray([...values], { minLength: 1 }));

/** A pattern and the numbers it was written from. */
const written = fc.record({
  hosts: span,
  ports: fc.uniqueArray(fc.integer({ min: 20, max: 23 }), { minLength: 1, maxLength: 3 }),
  accounts: some(ACCOUNTS),
  regions: some(REGIONS),
  maxAgeMs: fc.constantFrom(60_000, 900_000),
  classes: some(PortClass.options),
});
type Written = typeof written extends fc.Arbitrary<infer T> ? T : never;

const patternOf = ({ hosts: [from, to], ports, ...rest }: Written): AutoPattern => ({
  ...rest,
  match: `192.0.2.${from}-192.0.2.${to}`,
  ports: ports.toSorted((a, b) => a - b).join(','),
});

const exposure = fc.record({
  host: octet,
  port: fc.integer({ min: 20, max: 23 }),
  account: fc.constantFrom(...ACCOUNTS),
  region: fc.constantFrom(...REGIONS),
  class: fc.constantFrom(...PortClass.options),
  ageMs: fc.constantFrom(-1, 0, 0, 59_999, 59_999, 60_000, 899_999, 900_000),
  baseline: fc.constantFrom(false, false, true),
  verdict: fc.constantFrom('confirmed', 'confirmed', 'confirmed', 'unexplained', 'latent'),
  breadths: fc.uniqueArray(fc.constantFrom(...BREADTHS), { maxLength: 3 }),
});
type Exposure = typeof exposure extends fc.Arbitrary<infer T> ? T : never;

const findingOf = ({ host, ageMs, breadths, verdict, ...rest }: Exposure) =>
  aFinding({
    ...rest,
    verdict: verdict as 'confirmed',
    address: `192.0.2.${host}`,
    openedAt: after(NOW, -ageMs),
    admittedBy: breadths.map((breadth) => ({ ruleId: `sgr-${breadth}`, source: breadth, breadth })),
  });

/** The same in plain words. */
function fits(w: Written, e: Exposure, withAge: boolean): boolean {
  if (e.baseline || e.verdict !== 'confirmed') return false;
  if (!['single', 'range', 'wide', 'internet'].some((wide) => e.breadths.some((breadth) => breadth === wide)))
    return false;
  if (e.host < w.hosts[0] || e.host > w.hosts[1] || w.ports.every((port) => port !== e.port)) return false;
  if (w.accounts !== null && w.accounts.every((account) => account !== e.account)) return false;
  if (w.regions !== null && w.regions.every((region) => region !== e.region)) return false;
  if (w.classes !== null && w.classes.every((each) => each !== e.class)) return false;
  return !withAge || (e.ageMs >= 0 && e.ageMs < w.maxAgeMs);
}

describe('the pattern by which a port is closed without asking', () => {
  it('is the first that fits in every part, and none when none does', () => {
    fc.assert(
      fc.property(fc.array(written, { maxLength: 4 }), exposure, (list, e) => {
        const patterns = list.map(patternOf);
        for (const [found, withAge] of [
          [policyFor(patterns, findingOf(e), NOW), true],
          [policyStill(patterns, findingOf(e)), false],
        ] as const) {
          const index = list.findIndex((w) => fits(w, e, withAge));
          expect(found).toBe(index < 0 ? null : policyName(patternOf(list[index]!), index));
        }
      }),
      { numRuns: 4_000 },
    );
  });

  it('is met by some and missed by some of what the property tries', () => {
    const tries = fc.sample(fc.tuple(written, exposure), { numRuns: 20_000, seed: 1 });
    const met = tries.filter(([w, e]) => policyFor([patternOf(w)], findingOf(e), NOW) !== null).length;
    expect(met).toBeGreaterThan(100);
    expect(met).toBeLessThan(10_000);
  });
});

describe('patterns in the configuration', () => {
  const locate = () => ({ order: 0, where: 'p.yaml' });
  const read = (auto: unknown) => toSettings({ mode: 'auto', auto }, locate).auto;

  /** Cuts of the whole space into halves by address and pieces by port. */
  const cuts = fc.record({
    all: fc.constantFrom(
      ['0.0.0.0/1', '128.0.0.0/1'],
      ['0.0.0.0-9.8.7.6', '9.8.7.7-255.255.255.255'],
      ['::/1', '8000::/1'],
    ),
    at: fc.uniqueArray(fc.integer({ min: 2, max: 65_535 }), { maxLength: 4 }),
  });
  const tilesOf = ({ all, at }: { all: readonly string[]; at: readonly number[] }) => {
    const starts = [1, ...at.toSorted((a, b) => a - b)];
    return starts.flatMap((from, i) =>
      all.map((match) => ({ match, ports: `${from}-${(starts[i + 1] ?? 65_536) - 1}` })),
    );
  };

  it('are refused when together they leave nothing out, however it is cut', () => {
    fc.assert(
      fc.property(cuts, (cut) => {
        expect(() => read(tilesOf(cut))).toThrow('every address and every port');
      }),
      { numRuns: 200 },
    );
  });

  it('are taken when any piece is missing', () => {
    fc.assert(
      fc.property(cuts, fc.nat(), (cut, n) => {
        const tiles = tilesOf(cut);
        tiles.splice(n % tiles.length, 1);
        expect(read(tiles)).toHaveLength(tiles.length);
      }),
      { numRuns: 200 },
    );
  });
});
