import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressRatesOf, isSmall, SmallShares } from '../../../core/scanning/address-share.ts';
import { after } from '../../../core/time.ts';
import { seeded } from '../../support/random.ts';
import { MemoryAddressLeases } from '../../support/memory/address-leases.ts';

describe('the rate to one address', () => {
  it('is shared out among its owner and the small shards of all scanners', () => {
    expect(addressRatesOf(500, 1)).toEqual({ owner: 400, small: 100 });
    expect(addressRatesOf(500, 2)).toEqual({ owner: 400, small: 50 });
  });

  it('leaves the high-risk list, confirmations and verifications without a lease, and full sweeps not', () => {
    for (const scanners of [1, 2, 4, 11]) {
      expect(isSmall(115, addressRatesOf(500, scanners))).toBe(true);
      expect(isSmall(2_047, addressRatesOf(500, scanners))).toBe(false);
    }
    // At 4.5 probes a second 512 would take longer than two minutes.
    expect([512, 513].map((probes) => isSmall(probes, addressRatesOf(500, 1)))).toEqual([true, false]);
    expect([300, 512].map((probes) => isSmall(probes, addressRatesOf(500, 20)))).toEqual([true, false]);
  });
});

describe('the shares of small shards', () => {
  const step = fc.record({
    give: fc.boolean(),
    engine: fc.integer({ min: 0, max: 4 }),
    address: fc.constantFrom('192.0.2.1', '192.0.2.2'),
  });

  it('of all engines at an address stay below the whole, and are the same for every job of one engine there', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const shares = new SmallShares(100);
        const engines = Array.from({ length: 5 }, () => ({}));
        /** Address and engine -> the rates of its jobs. */
        const jobs = new Map<string, number[]>();
        for (const { give, engine, address } of steps) {
          const key = `${address} ${engine}`;
          const here = jobs.get(key) ?? [];
          jobs.set(key, here);
          if (give) {
            if (here.pop() !== undefined) shares.giveBack(engines[engine]!, address);
          } else here.push(shares.take(engines[engine]!, address));
          expect(new Set(here).size).toBeLessThanOrEqual(1);
          const sum = [...jobs].reduce(
            (all, [of, rates]) => all + (of.startsWith(`${address} `) ? (rates[0] ?? 0) : 0),
            0,
          );
          expect(sum).toBeLessThan(100);
          for (const rate of here) expect(rate).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('are half of everything again once nobody has one', () => {
    const shares = new SmallShares(100);
    const [a, b] = [{}, {}];
    expect([shares.take(a, 'x'), shares.take(b, 'x'), shares.take(a, 'x'), shares.take(b, 'y')]).toEqual([
      50, 25, 50, 50,
    ]);
    shares.giveBack(a, 'x');
    shares.giveBack(b, 'x');
    expect(shares.take(b, 'x')).toBe(25);
    shares.giveBack(b, 'x');
    shares.giveBack(a, 'x');
    expect(shares.take(b, 'x')).toBe(50);
  });
});

/** A job of a scanner: `bucket` names the tokens it takes, which all jobs of one engine at one address share. */
interface Job {
  readonly scanner: Scanner;
  readonly address: string;
  readonly bucket: string;
  readonly engine: object;
  /** Null: small. */
  readonly owner: string | null;
}

interface Scanner {
  readonly id: string;
  readonly shares: SmallShares;
  readonly engines: readonly object[];
}

const ADDRESSES = ['192.0.2.1', '192.0.2.2'];
const LIFE_MS = 4_500;
const STEP_MS = 500;

/**
 * Scanners that start jobs, end them and are killed at random. Gives the most that could be sent to one address in a second at any time: an
 * engine keeps the rate with which the first of its overlapping jobs at an address began until the last of them ends.
 */
async function simulate(
  seed: number,
  rate: number,
  scanners: number,
  steps: number,
): Promise<{ most: number; owners: number }> {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const rates = addressRatesOf(rate, scanners);
  const leases = new MemoryAddressLeases();
  let made = 0;
  const newScanner = (): Scanner => ({
    id: `s${(made += 1)}`,
    shares: new SmallShares(rates.small),
    engines: Array.from({ length: 4 }, () => ({})),
  });
  const alive = Array.from({ length: scanners }, newScanner);
  let jobs: Job[] = [];
  const buckets = new Map<string, number>();
  let now = '2026-03-01T09:00:00.000Z';
  const until = (): string => after(now, LIFE_MS);
  let [most, owners] = [0, 0];

  const begin = async (): Promise<void> => {
    const [scanner, address, engineNumber] = [pick(alive), pick(ADDRESSES), Math.floor(random() * 4)];
    const large = random() < 0.5;
    const engine = scanner.engines[engineNumber]!;
    const owner = large ? `${scanner.id}-${(made += 1)}` : null;
    if (owner !== null && !(await leases.take([address], owner, now, until()))) return;
    if (owner !== null) owners += 1;
    const bucket = `${scanner.id} ${large ? 'owner' : 'small'} ${engineNumber} ${address}`;
    const asked = large ? rates.owner : scanner.shares.take(engine, address);
    if (!jobs.some((job) => job.bucket === bucket)) buckets.set(bucket, asked);
    jobs.push({ scanner, address, bucket, engine, owner });
  };
  const end = async (): Promise<void> => {
    const job = pick(jobs);
    jobs = jobs.filter((one) => one !== job);
    if (job.owner === null) job.scanner.shares.giveBack(job.engine, job.address);
    else await leases.release([job.address], job.owner);
  };
  const kill = (): void => {
    const index = Math.floor(random() * alive.length);
    jobs = jobs.filter(({ scanner }) => scanner !== alive[index]);
    alive[index] = newScanner();
  };

  for (let i = 0; i < steps; i += 1) {
    const what = random();
    if (what < 0.6) await begin();
    else if (what < 0.93) {
      if (jobs.length > 0) await end();
    } else kill();
    for (const { address, owner } of jobs) if (owner !== null) await leases.take([address], owner, now, until());
    for (const address of ADDRESSES) {
      const taken = new Set(jobs.filter((job) => job.address === address).map(({ bucket }) => bucket));
      most = Math.max(
        most,
        [...taken].reduce((sum, bucket) => sum + (buckets.get(bucket) ?? 0), 0),
      );
    }
    now = after(now, STEP_MS * random());
  }
  return { most, owners };
}

describe('scanners that share their addresses', () => {
  it('together never exceed the rate to one address, however jobs overlap and whoever is killed', async () => {
    const kind = fc.record({
      seed: fc.integer(),
      rate: fc.integer({ min: 10, max: 5_000 }),
      scanners: fc.integer({ min: 1, max: 6 }),
    });
    let owners = 0;
    let least = Infinity;
    await fc.assert(
      fc.asyncProperty(kind, async ({ seed, rate, scanners }) => {
        const seen = await simulate(seed, rate, scanners, 300);
        expect(seen.most).toBeLessThanOrEqual(rate);
        owners += seen.owners;
        least = Math.min(least, seen.most / rate);
      }),
      { numRuns: 60 },
    );
    // Addresses were swept, and not by chance by nobody else.
    expect(owners).toBeGreaterThan(600);
    expect(least).toBeGreaterThan(0.8);
  });
});
