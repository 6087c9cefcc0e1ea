import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partsOf } from '../../../core/fingerprints/result-parts.ts';
import { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { compareAddresses } from '../../../core/net/address.ts';
import { AddressSet } from '../../../core/net/address-set.ts';
import { Exclusions } from '../../../core/net/exclusions.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { makeShards, type ShardRequest } from '../../../core/planning/make-shards.ts';
import { Shard } from '../../../core/planning/shard.ts';

const KIB = 1_024;

function request(fields: Partial<ShardRequest>): ShardRequest {
  return {
    runId: 'r-1',
    taskId: '2',
    purpose: 'sweep',
    work: new Map(),
    exclusions: Exclusions.NONE,
    tries: 1,
    timeoutMs: 1_250,
    rate: null,
    maxProbesPerShard: 2_048,
    maxAddressesPerShard: 64,
    now: '2026-03-01T09:00:00.000Z',
    ttlMs: 600_000,
    planId: null,
    ...fields,
  };
}

function workOf(addresses: string, ports: string): Map<string, PortSet> {
  return new Map([...AddressSet.parse(addresses)].map((address) => [address, PortSet.parse(ports)]));
}

/** What the shards make a scanner probe, as `address port`, with repetitions. */
function pairsOf(shards: readonly Shard[]): string[] {
  return shards.flatMap((shard) =>
    shard.addresses.flatMap((address) =>
      [...PortSet.parse(shard.ports).subtract(PortSet.parse(shard.excluded[address] ?? ''))].map(
        (port) => `${address} ${port}`,
      ),
    ),
  );
}

const address = fc.oneof(
  fc.integer({ min: 0, max: 15 }).map((n) => `192.0.2.${n}`),
  fc.integer({ min: 1, max: 9 }).map((n) => `2001:db8::${n}`),
);
const ports = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 6 })), { maxLength: 5 })
  .map((ranges) => PortSet.fromRanges(ranges.map(([from, more]) => [from, from + more])));
const work = fc
  .array(fc.tuple(address, fc.oneof(ports, fc.constant(PortSet.fromRanges([[1, 30]])))), { maxLength: 16 })
  .map((entries) => new Map(entries));
const onePort = fc.integer({ min: 1, max: 46 });
/** An exclusion as its text and as a plain predicate. */
const exclusion = fc.oneof(
  address.map((text) => ({ text, hits: (a: string, _port: number) => a === text })),
  onePort.map((p) => ({ text: `:${p}`, hits: (_a: string, port: number) => port === p })),
  fc.tuple(address, onePort, fc.nat({ max: 20 })).map(([a, from, more]) => ({
    text: `[${a}]:${from}-${from + more}`,
    hits: (other: string, port: number) => other === a && port >= from && port <= from + more,
  })),
);
const limits = fc.record({
  maxProbesPerShard: fc.integer({ min: 1, max: 60 }),
  maxAddressesPerShard: fc.integer({ min: 1, max: 6 }),
});

describe('shards', () => {
  it('cover every pair of the work once, and nothing that is excluded', () => {
    fc.assert(
      fc.property(work, fc.array(exclusion, { maxLength: 4 }), limits, (planned, out, most) => {
        const exclusions = new Exclusions(out.map(({ text }) => text));
        const wanted: string[] = [];
        for (const [a, set] of planned) {
          for (const port of set) if (!out.some(({ hits }) => hits(a, port))) wanted.push(`${a} ${port}`);
        }
        const shards = makeShards(request({ work: planned, exclusions, ...most }));
        expect(pairsOf(shards).sort()).toEqual(wanted.sort());
      }),
      { numRuns: 300 },
    );
  });

  it('stay within their limits, list addresses ascending, and are valid messages with ids of their own', () => {
    fc.assert(
      fc.property(work, fc.array(exclusion, { maxLength: 4 }), limits, (planned, out, most) => {
        const exclusions = new Exclusions(out.map(({ text }) => text));
        const shards = makeShards(request({ work: planned, exclusions, ...most }));
        for (const shard of shards) {
          expect(Shard.parse(shard)).toEqual(shard);
          expect(shard.addresses.length).toBeLessThanOrEqual(most.maxAddressesPerShard);
          expect(pairsOf([shard]).length).toBeLessThanOrEqual(most.maxProbesPerShard);
          for (const one of shard.addresses) expect(pairsOf([{ ...shard, addresses: [one] }])).not.toEqual([]);
          expect(shard.addresses).toEqual([...shard.addresses].sort(compareAddresses));
          expect(Object.keys(shard.excluded).filter((a) => !shard.addresses.includes(a))).toEqual([]);
        }
        expect(new Set(shards.map(({ shardId }) => shardId)).size).toBe(shards.length);
      }),
    );
  });

  it('are the same for the same work, in whatever order it is given', () => {
    fc.assert(
      fc.property(work, limits, (planned, most) => {
        const backwards = new Map([...planned].reverse());
        expect(makeShards(request({ work: backwards, ...most }))).toEqual(
          makeShards(request({ work: planned, ...most })),
        );
      }),
    );
  });

  it('hit an address twice in a row only when it has more than half of all shards', () => {
    fc.assert(
      fc.property(work, limits, (planned, most) => {
        const shards = makeShards(request({ work: planned, ...most }));
        const counts = new Map<string, number>();
        for (const a of shards.flatMap((shard) => shard.addresses)) counts.set(a, (counts.get(a) ?? 0) + 1);
        const twice = shards.flatMap((shard, i) =>
          shard.addresses.filter((a) => shards[i + 1]?.addresses.includes(a) && counts.get(a)! * 2 <= shards.length),
        );
        expect(twice).toEqual([]);
      }),
    );
  });

  it('carry what the request says', () => {
    const [shard] = makeShards(
      request({
        purpose: 'verify',
        taskId: 'verify',
        work: workOf('192.0.2.3', '22'),
        planId: 'p-1',
        rate: 50,
        tries: 2,
      }),
    );
    expect(shard).toEqual({
      shardId: expect.stringMatching(/^s-[0-9a-f]{16}$/),
      runId: 'r-1',
      taskId: 'verify',
      purpose: 'verify',
      addresses: ['192.0.2.3'],
      protocol: 'tcp',
      ports: '22',
      excluded: {},
      tries: 2,
      timeoutMs: 1_250,
      rate: 50,
      createdAt: '2026-03-01T09:00:00.000Z',
      notAfter: '2026-03-01T09:10:00.000Z',
      planId: 'p-1',
    });
  });

  it('do not share ids between runs', () => {
    const ids = ['r-1', 'r-2'].map(
      (runId) => makeShards(request({ runId, work: workOf('192.0.2.3', '22') }))[0]!.shardId,
    );
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('are none when there is nothing to do or everything is excluded', () => {
    expect(makeShards(request({}))).toEqual([]);
    expect(makeShards(request({ work: new Map([['192.0.2.3', PortSet.EMPTY]]) }))).toEqual([]);
    expect(makeShards(request({ work: workOf('192.0.2.0/28', '22'), exclusions: new Exclusions([':22']) }))).toEqual(
      [],
    );
    expect(
      makeShards(request({ work: workOf('192.0.2.3', '22'), exclusions: new Exclusions(['192.0.2.0/24']) })),
    ).toEqual([]);
  });

  it('put addresses with the same ports together', () => {
    const shards = makeShards(request({ work: workOf('192.0.2.0/28', '22,80,443') }));
    expect(shards).toHaveLength(1);
    expect(shards[0]!.addresses).toHaveLength(16);
  });

  it('put addresses with different ports together too, each with only its own', () => {
    const planned = new Map([
      ['192.0.2.4', PortSet.of(22, 80)],
      ['192.0.2.3', PortSet.of(22, 443)],
      ['192.0.2.5', PortSet.of(22, 80)],
    ]);
    const shards = makeShards(request({ work: planned }));
    expect(shards.map(({ addresses, ports: all, excluded }) => ({ addresses, ports: all, excluded }))).toEqual([
      {
        addresses: ['192.0.2.3', '192.0.2.4', '192.0.2.5'],
        ports: '22,80,443',
        excluded: { '192.0.2.3': '80', '192.0.2.4': '443', '192.0.2.5': '443' },
      },
    ]);
  });

  it('stay few when every address has a port of its own', () => {
    const planned = new Map(
      [...AddressSet.parse('192.0.2.0/24')].map((one, i) => [one, PortSet.of(22, 1_000 + 7 * i)] as const),
    );
    expect(makeShards(request({ work: planned })).length).toBeLessThanOrEqual(8);
  });

  it('cut a full scan of one address into many, so that urgent work never waits behind it', () => {
    const shards = makeShards(request({ work: workOf('192.0.2.3', '1-65535') }));
    expect(shards).toHaveLength(32);
    expect(shards[0]!.ports).toBe('1-2047');
    expect(shards.at(-1)!.ports).toBe('63488-65535');
  });

  it('take several addresses of a full scan at once where there are very many, each address in turn and each pair once', () => {
    const planned = workOf('10.0.0.0/22', '1-65535');
    const shards = makeShards(request({ work: planned, maxProbesPerShard: 16_384 }));
    expect(shards).toHaveLength(32 * 128);
    const last = new Map<string, number>();
    const seen = new Map<string, PortSet>();
    for (const [i, shard] of shards.entries()) {
      expect(shard.addresses).toHaveLength(8);
      const set = PortSet.parse(shard.ports);
      expect(set.size).toBeLessThanOrEqual(2_048);
      for (const one of shard.addresses) {
        expect(i - (last.get(one) ?? -Infinity)).toBeGreaterThan(100);
        expect((seen.get(one) ?? PortSet.EMPTY).intersect(set).isEmpty).toBe(true);
        seen.set(one, (seen.get(one) ?? PortSet.EMPTY).union(set));
        last.set(one, i);
      }
    }
    expect(seen.size).toBe(1_024);
    expect([...seen.values()].every((set) => set.equals(PortSet.ALL))).toBe(true);
  });

  it('never have more than 2,048 ports of one address, and one address at a time where there are few', () => {
    const shards = makeShards(request({ work: workOf('192.0.2.0/28', '1-65535'), maxProbesPerShard: 16_384 }));
    expect(shards).toHaveLength(16 * 32);
    expect(Math.max(...shards.map((shard) => PortSet.parse(shard.ports).size))).toBe(2_048);
  });

  it('take turns between addresses in a full scan of several', () => {
    const shards = makeShards(request({ work: workOf('192.0.2.0/30', '1-65535') }));
    expect(shards.slice(0, 8).map((shard) => shard.addresses.join())).toEqual([
      '192.0.2.0',
      '192.0.2.1',
      '192.0.2.2',
      '192.0.2.3',
      '192.0.2.0',
      '192.0.2.1',
      '192.0.2.2',
      '192.0.2.3',
    ]);
  });

  it('refuse limits that allow nothing', () => {
    expect(() => makeShards(request({ work: workOf('192.0.2.3', '22'), maxProbesPerShard: 0 }))).toThrow(RangeError);
    expect(() => makeShards(request({ work: workOf('192.0.2.3', '22'), maxAddressesPerShard: 0.5 }))).toThrow(
      RangeError,
    );
  });
});

/** The longest result there can be: every port open, told in the longest words. */
function worstResult(shard: Shard): ShardResult {
  const at = '2026-03-01T09:00:00.000Z';
  return {
    shard,
    engine: 'connect'.padEnd(40, 'x'),
    status: 'partial',
    reason: 'the reason for an incomplete shard, in a sentence of some length'.padEnd(300, '.'),
    startedAt: at,
    finishedAt: at,
    results: shard.addresses.map((one) => {
      const covered = PortSet.parse(shard.ports).subtract(PortSet.parse(shard.excluded[one] ?? ''));
      return {
        address: one,
        protocol: 'tcp',
        covered: covered.toString(),
        open: [...covered].map((port) => ({
          port,
          reason: 'open-then-reset',
          rttMs: 1_234.567_890_123_456_7,
          tries: 5,
        })),
        closed: '',
        unknown: '',
        unknownReasons: { 'event-loop-lag': 65_535, EHOSTUNREACH: 65_535, 'kill-switch': 65_535 },
        probes: 5,
        startedAt: at,
        finishedAt: at,
      };
    }),
  };
}

describe('the size of a message', () => {
  const V6 = 'aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:';
  /** Every second port of the five-digit ones: the longest text a port set can have. */
  const SCATTERED = PortSet.from(Array.from({ length: 27_700 }, (_, i) => 10_001 + 2 * i));
  const many = (count: number, set: PortSet) =>
    new Map(Array.from({ length: count }, (_, i) => [`${V6}${(0xa000 + i).toString(16)}`, set] as const));

  it.each([
    ['one address, all scattered ports', many(1, SCATTERED)],
    ['a thousand addresses, one port', many(1_000, PortSet.of(65_535))],
    [
      'a thousand addresses, a port of its own each',
      new Map(
        [...many(1_000, PortSet.of(22))].map(([one], i) => [one, PortSet.of(10_001 + 2 * i, 60_001 + i)] as const),
      ),
    ],
    ['a thousand addresses, thirty ports', many(1_000, PortSet.from([...SCATTERED].slice(-30)))],
    ['fifty addresses, a thousand ports', many(50, PortSet.from([...SCATTERED].slice(-1_000)))],
  ])('fits the queue for %s, whatever the limits asked for', (_name, planned) => {
    // Leaves out a few scattered ports at each address, so that `excluded` is as long as it gets.
    const out = [...SCATTERED].filter((_, i) => i % 4 === 3).slice(-600);
    for (const exclusions of [Exclusions.NONE, new Exclusions(out.map((port) => `:${port}`))]) {
      const shards = makeShards(
        request({
          work: planned,
          exclusions,
          maxProbesPerShard: 1_000_000,
          maxAddressesPerShard: 1_000_000,
          runId: 'r'.repeat(80),
          taskId: 't'.repeat(40),
          planId: 'p'.repeat(80),
        }),
      );
      for (const shard of shards) {
        expect(JSON.stringify(shard).length).toBeLessThan(100 * KIB);
        const worst = ShardResult.parse(worstResult(shard));
        const parts = partsOf(worst);
        expect(parts.flatMap(({ results }) => results)).toEqual(worst.results);
        for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(256 * KIB);
      }
    }
  });

  it('is used well: a shard of one address at all ports takes two thousand of them', () => {
    const shards = makeShards(request({ work: many(1, SCATTERED), maxProbesPerShard: 1_000_000 }));
    expect(shards.length).toBe(14);
  });
});
