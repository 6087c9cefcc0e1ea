import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { billOf, readPrices, totalOf } from '../../bench/cost/bill.ts';
import { TODAY } from '../../bench/cost/design.ts';
import type { Work } from '../../bench/cost/handlers.ts';
import { lineThrough, type Sample } from '../../bench/cost/measure.ts';
import { type Inputs, monthOf } from '../../bench/cost/model.ts';
import { PROFILES } from '../../bench/cost/profiles.ts';
import { busyTasks, settingsOf, sizeOf } from '../../bench/cost/shard-counts.ts';
import { parsePorts } from '../../core/net/ports-spec.ts';
import { hours } from '../../core/time.ts';

const PROFILE = { ...PROFILES[0], addresses: 10, cadenceMs: hours(1) };
const SETTINGS = settingsOf(PROFILE);
const HIGH_RISK = busyTasks(SETTINGS).find(({ ports }) => ports === 'high-risk')!;

const work = (over: Partial<Work> = {}): Work => ({
  sqs: 0,
  readUnits: 0,
  writeUnits: 0,
  reads: {},
  writes: {},
  invocations: 1,
  cpuMs: 0,
  ...over,
});

/** One task, hourly: a run has 2 shards of 5 addresses, which probe 100 pairs; a fingerprint has 3 units, and recording a shard takes 2. */
function inputs(): Inputs {
  const sample = (addresses: number): Sample => ({
    addresses,
    tasks: {
      [HIGH_RISK.id]: {
        shards: 2,
        addressResults: addresses,
        dispatch: work({ reads: { ASSET: addresses / 4, RUN: 2 } }),
        scan: { sqs: 6, readUnits: 0, writeUnits: 0, reads: {}, writes: { LEASE: 4 } },
        ingest: work({ writes: { FINGERPRINT: 3 * addresses, RUN: 4 } }),
      },
    },
    fingerprintUnits: 3,
    reconcile: work({ reads: { WHITELIST: 1 } }),
    inventory: work(),
    changes: { queues: 0, functions: work({ invocations: 0 }), results: 0 },
    bytesPerAddress: 1_000,
  });
  const size = { shards: 2, addressResults: 10, probes: 100, leases: 3 };
  return {
    profile: PROFILE,
    settings: SETTINGS,
    tasks: [{ task: HIGH_RISK, size }],
    samples: [sample(4), sample(8)],
    deployed: {
      alarmMetrics: 10,
      dashboards: 1,
      keys: 1,
      schedules: {},
      containerInsights: false,
      taskVcpu: 0.25,
      taskGb: 0.5,
      polledQueues: 4,
    },
  };
}

describe('a month of requests', () => {
  it('repeats what one run of each task asked for, as often as the task starts', () => {
    const month = monthOf(inputs(), TODAY);
    // 730 hours: 730 runs.
    expect(month.probes).toBe(73_000);
    expect(month.shards).toBe(1_460);
    // Two units a shard.
    expect(month.writes['RUN']).toBeCloseTo(2_920, 6);
    // Two units a lease: one to take it, one to give it back.
    expect(month.writes['LEASE']).toBeCloseTo(4_380, 6);
    // A quarter of a unit an address, on the line through fleets of 4 and 8.
    expect(month.reads['ASSET']).toBeCloseTo(1_825, 6);
    // 3 requests of the scanner for a shard, and one batch of shards a run; a receive and a delete of Lambda for a result.
    expect(month.sqs.shards).toBeCloseTo(5_110, 6);
    expect(month.sqs.results).toBe(2_920);
    // Once a minute.
    expect(month.reads['WHITELIST']).toBeCloseTo(43_800, 6);
  });

  it('keeps tasks for fifteen minutes after each run, and starts them a minute before', () => {
    // 100 probes are 0.02 s at 5,000 a second; 730 times 16 minutes.
    expect(monthOf(inputs(), TODAY).hoursOn).toBeCloseTo(194.7, 1);
  });

  it('begins a full sweep again at the first turn after it ended', () => {
    const full = busyTasks(SETTINGS).find(({ id }) => id === '1')!;
    const sweepOf = (probes: number) => {
      const { samples, tasks, ...rest } = inputs();
      const measured = (sample: Sample): Sample => ({
        ...sample,
        tasks: { ...sample.tasks, ...(sample.tasks[HIGH_RISK.id] && { '1': sample.tasks[HIGH_RISK.id] }) },
      });
      const size = { shards: 2, addressResults: 10, probes, leases: 0 };
      return monthOf(
        { ...rest, samples: [measured(samples[0]), measured(samples[1])], tasks: [...tasks, { task: full, size }] },
        TODAY,
      ).probes;
    };
    // Daily: 365 / 12 sweeps, and 73,000 probes of the other task.
    expect(sweepOf(1_000_000)).toBeCloseTo(73_000 + (1_000_000 * 365) / 12, 0);
    // 500,000,000 at 5,000 a second are 28 hours: every second day.
    expect(sweepOf(500_000_000)).toBeCloseTo(73_000 + (500_000_000 * 365) / 24, 0);
  });

  it('stores an unchanged fingerprint every six hours and no more often', () => {
    // 10 addresses, 730 / 6 times a month, 3 units.
    expect(monthOf(inputs(), TODAY).writes['FINGERPRINT']).toBeCloseTo(3_650, 6);
  });

  it('waits for a batch of results as long as a what-if says', () => {
    // 1,460 results a month are 0.0056 in ten seconds: still one at a time. With 10,000 times as many there are ten in a batch.
    expect(monthOf(inputs(), { ...TODAY, resultWindowSeconds: 10 }).sqs.results).toBe(2_920);
    const many = inputs();
    const tasks = many.tasks.map((planned) => ({ ...planned, size: { ...planned.size, shards: 20_000 } }));
    expect(monthOf({ ...many, tasks }, { ...TODAY, resultWindowSeconds: 10 }).sqs.results).toBeCloseTo(2_920_000, 3);
  });
});

describe('the line through two fleets', () => {
  it('goes through both and never below zero', () => {
    const [a, b] = [{ addresses: 10 } as Sample, { addresses: 20 } as Sample];
    const at = lineThrough([a, b], ({ addresses }) => addresses - 10);
    expect([at(10), at(20), at(1_000), at(1)]).toEqual([0, 10, 990, 0]);
  });
});

describe('the bill', () => {
  it('is the sum of its lines, and each line the quantity at its price', () => {
    const { deployed } = inputs();
    const lines = billOf(monthOf(inputs(), TODAY), deployed, TODAY, readPrices());
    expect(totalOf(lines)).toBeCloseTo(
      lines.reduce((sum, { usd }) => sum + usd, 0),
      9,
    );
    // 194.7 h of a quarter of a vCPU at 0.03238 and half a GB at 0.00356, at 30 %.
    expect(lines.find(({ item }) => item.startsWith('Fargate Spot, the first'))?.usd).toBeCloseTo(0.577, 3);
    expect(lines.find(({ item }) => item === 'Alarms')?.usd).toBe(1);
  });
});

describe('the planner that is replayed', () => {
  it('covers every pair of every address once', async () => {
    const size = await sizeOf(HIGH_RISK, { ...PROFILE, addresses: 1_001 });
    expect(size.addressResults).toBe(1_001);
    expect(size.probes).toBe(1_001 * parsePorts('high-risk').size);
  });

  it('leases the addresses of full sweeps, with one write for each group of them, and none of small shards', async () => {
    const full = busyTasks(SETTINGS).find(({ id }) => id === '1')!;
    const { shards, leases } = await sizeOf(full, { ...PROFILE, addresses: 1_000 });
    expect(shards).toBe(4_000);
    expect(leases).toBeGreaterThanOrEqual(4_000);
    expect(leases).toBeLessThan(4_400);
    expect((await sizeOf(HIGH_RISK, { ...PROFILE, addresses: 1_000 })).leases).toBe(0);
  });

  it('leaves to other rows what rows 8 and 9 need not do', async () => {
    for (const id of ['8', '9']) {
      const task = busyTasks(SETTINGS).find((row) => row.id === id)!;
      expect(await sizeOf(task, PROFILE)).toEqual({ shards: 0, addressResults: 0, probes: 0, leases: 0 });
    }
  });
});

describe('docs/cost.md', () => {
  const page = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');

  it('has the prices of the price table and the profiles of the bench', () => {
    for (const [name, { usd, unit, from }] of Object.entries(readPrices().prices)) {
      expect(page).toContain(`| ${name} | ${usd} | ${unit} | ${from} |`);
    }
    for (const { title, bound } of PROFILES) {
      expect(page).toContain(`## ${title}\n`);
      expect(page).toContain(`the bound of $${bound.toFixed(2)}`);
      const [, section = ''] = page.split(`## ${title}\n`);
      expect(section).toMatch(/^\n\*\*\$[\d.]+ a month\*\*, within the bound of /);
    }
  });
});
