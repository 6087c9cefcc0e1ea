import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';
import { Exclusions } from '../../../core/net/exclusions.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { LEASE_GROUPS, leaseGroupOf } from '../../../core/planning/lease-group.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import { startRun } from '../../../core/stages/dispatch.ts';

interface Asked {
  readonly work: Map<string, PortSet>;
  readonly rate: number;
  readonly priority?: boolean;
  readonly exclude?: string[];
}

/** What is put on the queue, one list for each call. */
async function sendsOf({ work, rate, priority = false, exclude = [] }: Asked): Promise<Shard[][]> {
  const sends: Shard[][] = [];
  await startRun(
    {
      clock: { now: () => '2026-03-01T09:00:00.000Z' },
      settings: { ...DEFAULT_SETTINGS, rate, exclude },
      runs: { create: async () => undefined },
      shards: { send: async (shards) => void sends.push([...shards]) },
    },
    {
      runId: 'r-1',
      task: { id: '1', name: 'full ports', tries: 1, timeoutMs: 1_250, maxShardProbes: 2_048 },
      work,
      priority,
      scope: null,
    },
  );
  return sends;
}

const fleet = (count: number, ports = PortSet.ALL) =>
  new Map(Array.from({ length: count }, (_, i) => [`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, ports] as const));

const portsAt = (shard: Shard, address: string): PortSet =>
  PortSet.parse(shard.ports).subtract(PortSet.parse(shard.excluded[address] ?? ''));

/** By address, and whether any pair was there twice. */
function coveredBy(shards: readonly Shard[]): { covered: Map<string, PortSet>; twice: boolean } {
  const covered = new Map<string, PortSet>();
  let twice = false;
  for (const shard of shards) {
    for (const address of shard.addresses) {
      const ports = portsAt(shard, address);
      const before = covered.get(address) ?? PortSet.EMPTY;
      twice ||= !before.intersect(ports).isEmpty;
      covered.set(address, before.union(ports));
    }
  }
  return { covered, twice };
}

describe('the shards of a run', () => {
  it('are together exactly the work without the exclusions, each pair once, whatever the rate, the urgency and the size', async () => {
    const ranges = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 65_000 }), fc.integer({ min: 0, max: 9_000 })), {
        minLength: 1,
        maxLength: 3,
      })
      .map((list) => PortSet.fromRanges(list.map(([from, more]) => [from, Math.min(65_535, from + more)])));
    const asked = fc.record({
      kinds: fc.array(ranges, { minLength: 1, maxLength: 3 }),
      count: fc.integer({ min: 1, max: 300 }),
      rate: fc.constantFrom(1, 40, 700, 5_000, 100_000),
      priority: fc.boolean(),
      exclude: fc.subarray([':22', '10.0.0.3', '[10.0.0.4]:1-9000', '10.0.0.64/26']),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ kinds, count, rate, priority, exclude }) => {
        const work = new Map([...fleet(count)].map(([address], i) => [address, kinds[i % kinds.length]!] as const));
        const exclusions = new Exclusions(exclude);
        const wanted = [...work]
          .filter(([address]) => !exclusions.excludesAddress(address))
          .map(([address, ports]) => [address, ports.subtract(exclusions.excludedPorts(address)).toString()] as const)
          .filter(([, ports]) => ports !== '');
        const { covered, twice } = coveredBy((await sendsOf({ work, rate, priority, exclude })).flat());
        expect(twice).toBe(false);
        expect(new Map([...covered].map(([address, ports]) => [address, ports.toString()]))).toEqual(new Map(wanted));
      }),
      { numRuns: 25 },
    );
  });

  it('take two minutes at most, four at once with both SYNs of each probe; a lost scanner costs no more', async () => {
    const seconds = (shard: Shard, rate: number): number => {
      const sizes = shard.addresses.map((address) => portsAt(shard, address).size);
      const pairs = sizes.reduce((sum, size) => sum + size, 0);
      // 400 probes a second to one address is what its owner has of 500.
      return Math.max((2 * Math.max(...sizes)) / 400, (2 * pairs) / (rate / 4));
    };
    for (const rate of [5, 50, 500, 5_000, 100_000]) {
      for (const count of rate < 500 ? [1, 3] : [1, 32, 300]) {
        const shards = (await sendsOf({ work: fleet(count), rate })).flat();
        expect(Math.max(...shards.map((shard) => seconds(shard, rate)))).toBeLessThanOrEqual(120);
      }
    }
  });

  it('of very many addresses are made and sent in parts of 5,000 addresses', async () => {
    const sends = await sendsOf({ work: fleet(12_000, PortSet.fromRanges([[1, 6_000]])), rate: 15_000 });
    const sizes = sends.map((some) => new Set(some.flatMap(({ addresses }) => addresses)).size);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([2_000, 5_000, 5_000]);
    const shards = sends.flat();
    expect(new Set(shards.map(({ shardId }) => shardId)).size).toBe(shards.length);
    const { covered, twice } = coveredBy(shards);
    expect(twice).toBe(false);
    expect(covered.size).toBe(12_000);
    expect([...covered.values()].every((ports) => ports.toString() === '1-6000')).toBe(true);
  });

  it('of many addresses take their leases with hardly more than one write, next to each other in different items', async () => {
    const shards = (await sendsOf({ work: fleet(1_000), rate: 5_000 })).flat();
    const groups = shards.map(({ addresses }) => new Set(addresses.map(leaseGroupOf)));
    expect(groups.reduce((sum, { size }) => sum + size, 0) / shards.length).toBeLessThan(1.1);
    const alone = groups.filter(
      (group, i) => i >= 3 && [1, 2, 3].every((back) => ![...group].some((one) => groups[i - back]?.has(one))),
    );
    expect(alone.length / shards.length).toBeGreaterThan(0.9);
    expect(new Set(groups.flatMap((group) => [...group])).size).toBe(LEASE_GROUPS);
  });
});
