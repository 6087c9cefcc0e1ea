import { beforeAll, expect, it } from 'vitest';
import { Exclusions } from '../../../core/net/exclusions.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import { TokenBucket } from '../../../core/scanning/pacing.ts';
import type { Engine, EngineEvent, Lack, ScanJob } from '../../../fargate-scanner/engines/engine.ts';
import { type ScanDeps, scanShard } from '../../../fargate-scanner/scan-shard.ts';
import { aShard } from '../../builders/shard.ts';
import type { ContractPlace, Counted } from '../../support/scanner/contract-place.ts';
import { accepts, aJob, collect, type Collected } from '../../support/scanner/engine.ts';
import { LOOPBACK } from '../../support/scanner/loopback-place.ts';

/** How long an engine may take for a statement: other scanners' programs start for each, and wait for late answers. */
const SLOW = 120_000;
const NOTHING_LOST = { loss: 0, missedOpen: 0, receiveDrops: 0 };
/** While the shards of `aShard` are good. */
const NOW = '2026-03-01T09:01:00.000Z';

/**
 * What every engine does. What one cannot do by its nature it says itself (`lacks`), and the suite then holds it to what it says instead.
 * Where somebody can count at the other end, the packets that arrived there are what counts.
 */
export function engineContract(make: () => Engine | Promise<Engine>, place: ContractPlace = LOOPBACK): void {
  let engine: Engine;
  beforeAll(async () => {
    engine = await make();
  });
  const lacks = (what: Lack): boolean => engine.lacks?.includes(what) === true;
  const silence = (): string => (lacks('silence') ? 'unknown' : 'filtered');
  const count = async (what: Counted): Promise<() => Promise<number | null>> =>
    (await place.count?.(what)) ?? (async () => null);
  /** Who does not hear every answer asks again. */
  const patience = (): number => (lacks('silence') ? 3 : 1);
  const job = (ports: string, over: Partial<ScanJob> & { address?: string } = {}): ScanJob =>
    aJob(ports, { address: place.addresses[0], ...over });

  it(
    'tells open, closed and silent ports apart',
    async () => {
      const [open, closed, silent] = [(await place.listener()).port, await place.closed(), await place.silent()];
      const tries = patience();
      const { seen, events, stateOf } = await collect(engine, job(`${open},${closed},${silent}`, { tries }));
      expect([stateOf(open), stateOf(closed), stateOf(silent)]).toEqual(['open', 'closed', silence()]);
      const of = (port: number) => seen.find((one) => one.port === port);
      expect((of(open)?.rttMs ?? 0) > 0).toBe(!lacks('round-trips'));
      expect(of(closed)).toMatchObject({ reason: place.reason, rttMs: null });
      expect(of(silent)?.rttMs).toBeNull();
      expect(lacks('silence') || of(silent)?.reason === 'no-answer').toBe(true);
      const { complete, probes } = doneOf(events);
      expect([complete, probes]).toEqual([true, tries === 1 ? place.probes : probes]);
    },
    SLOW,
  );

  it(
    'scans IPv6',
    async () => {
      const { port } = await place.listener(place.six);
      const closed = await place.closed(place.six);
      const { stateOf } = await collect(engine, job(`${port},${closed}`, { address: place.six, tries: patience() }));
      expect([stateOf(port), stateOf(closed)]).toEqual(['open', 'closed']);
    },
    SLOW,
  );

  it(
    'gives one observation for every port, open ones found among thousands of closed ones',
    async () => {
      const [, , address] = place.addresses;
      const open = await Promise.all(Array.from({ length: 12 }, () => place.listener(address)));
      const all = job('1-65535', { address, rate: place.fullRate, timeoutMs: 1_250 });
      const collected = await collect(engine, all);
      expect(collected.events.filter(({ kind }) => kind === 'stopped')).toEqual([]);
      expect([collected.seen.length, new Set(collected.seen.map(({ port }) => port)).size]).toEqual([65_535, 65_535]);
      const ports = open.map(({ port }) => port);
      await (lacks('silence') ? missedSome(address, ports, collected) : missedNothing(place, ports, collected));
    },
    SLOW,
  );

  it(
    'tries what is silent as often as asked, and nothing else again',
    async () => {
      const [open, silent] = [(await place.listener()).port, await place.silent()];
      const arrived = await Promise.all(
        [open, silent].map((port) => count({ address: place.addresses[0], ports: String(port) })),
      );
      const { seen, events } = await collect(engine, job(`${open},${silent}`, { tries: 3, timeoutMs: 100 }));
      const tries = [open, silent].map((port) => seen.find((one) => one.port === port)?.tries ?? 0);
      expect(tries).toEqual([lacks('silence') ? tries[0] : 1, 3]);
      expect(doneOf(events).probes).toBe((tries[0] ?? 0) + 3);
      const packets = await Promise.all(arrived.map((counted) => counted()));
      expect(packets[0] ?? tries[0]).toBe(tries[0]);
      // Connections that this machine was late to look at are made again, and the kernel of who connects asks twice.
      expect(packets[1] ?? 3).toBeGreaterThanOrEqual(3);
      expect(packets[1] ?? 3).toBeLessThanOrEqual(6);
    },
    SLOW,
  );

  it(
    'stops when it is told to: tells what it had, once, and sends nothing more',
    async () => {
      const stopping = new AbortController();
      const told: EngineEvent[] = [];
      const asked = '10000-29999';
      const arrived = await count({ address: place.addresses[0], ports: asked });
      for await (const event of engine.scan(job(asked, { rate: 200 }), stopping.signal)) {
        told.push(event);
        if (hasBegun(event)) stopping.abort();
      }
      const pairs = told.flatMap((event) => (event.kind === 'observations' ? event.observations : []));
      const ports = pairs.flatMap((seen) => [...seen.ports]);
      expect(told.at(-1)).toMatchObject({ kind: 'done', complete: false });
      expect(told.filter(({ kind }) => kind === 'done' || kind === 'stopped')).toHaveLength(1);
      expect(ports.length).toBeGreaterThan(0);
      expect(ports.length).toBeLessThan(5_000);
      expect(new Set(ports).size).toBe(ports.length);
      expect(pairs.filter(({ state }) => state === 'unknown' || state === 'filtered')).toEqual([]);
      const sent = await arrived();
      expect(sent ?? ports.length).toBeGreaterThanOrEqual(ports.length);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await arrived()).toBe(sent);
    },
    SLOW,
  );

  it(
    'probes nothing when it is aborted from the start',
    async () => {
      const { port, sources } = await place.listener();
      const { seen, events } = await collect(engine, job(String(port)), AbortSignal.abort());
      expect([seen, events, sources]).toEqual([[], [{ kind: 'done', complete: false, probes: 0 }], []]);
    },
    SLOW,
  );

  it(
    'has nothing to do for targets without ports',
    async () => {
      const targets = [{ address: place.addresses[0], ports: PortSet.EMPTY, rate: null }];
      const { events } = await collect(engine, job('1', { targets }));
      expect(events).toMatchObject([{ kind: 'done', complete: true, probes: 0 }]);
    },
    SLOW,
  );

  it(
    'ends with one record of it all; progress only grows, and ends where it was going',
    async () => {
      const closed = await place.closed();
      const { events } = await collect(engine, job(`${closed},${await place.silent()}`, { tries: 2 }));
      expect(events.filter(({ kind }) => kind === 'done')).toEqual([events.at(-1)]);
      const { complete, estimate } = doneOf(events);
      expect([complete, estimate === undefined]).toEqual([true, lacks('estimate')]);
      expect(estimate ?? NOTHING_LOST).toEqual(NOTHING_LOST);
      const progress = events.filter((event) => event.kind === 'progress');
      for (const [i, { done, total }] of progress.entries()) {
        expect(done).toBeGreaterThanOrEqual(progress[i - 1]?.done ?? 0);
        expect(done).toBeLessThanOrEqual(total);
      }
    },
    SLOW,
  );

  it(
    'keeps to the rate of an address over jobs that run at once',
    async () => {
      const slow = (ports: string): ScanJob => {
        const fast = job(ports);
        return { ...fast, targets: fast.targets.map((target) => ({ ...target, rate: 100 })) };
      };
      const { enough, over } = await sendAtOnce(place, engine, [slow('1-150'), slow('151-300')], {
        address: place.addresses[0],
        rate: 100,
      });
      expect([enough, over]).toEqual([true, 0]);
    },
    SLOW,
  );

  it(
    'takes no more tokens than jobs that run at once share',
    async () => {
      const shared = new TokenBucket(200, performance.now());
      const [first, second] = place.addresses;
      const jobs = [first, second].map((address) => job('1-300', { address, shared, rate: 100_000 }));
      const { enough, over } = await sendAtOnce(place, engine, jobs, { rate: 200 });
      expect([enough, over]).toEqual([true, 0]);
    },
    SLOW,
  );

  it(
    'as a part of the scanner: covers what it was asked for but for what is excluded, which gets no packet',
    async () => {
      const [first, second, third] = place.addresses;
      const closed = await place.closed(first);
      const none = await Promise.all([
        count({ address: first, ports: '23' }),
        count({ address: second, ports: '24' }),
        count({ address: third }),
        count({ address: '169.254.169.254' }),
        count({ address: '224.0.0.1' }),
      ]);
      const result = await scanShard(
        aShard({
          protocol: place.protocol,
          addresses: [first, second, third, '169.254.169.254', '224.0.0.1'],
          ports: `20-24,${closed}`,
          excluded: { [first]: '23' },
        }),
        scanDeps(engine, { exclusions: new Exclusions([`${second}:24`, third]) }),
      );
      expect(result.results.map(({ address, covered }) => `${address} ${covered}`)).toEqual([
        `${first} ${PortSet.parse(`20-22,24,${closed}`).toString()}`,
        `${second} ${PortSet.parse(`20-23,${closed}`).toString()}`,
      ]);
      expect(result).toMatchObject({ engine: engine.name, status: 'partial' });
      expect(result.reason).toContain('169.254.169.254 is never scanned: ');
      expect(result.reason).toContain('224.0.0.1 is never scanned: ');
      for (const { closed: refused, unknown } of result.results) {
        const known = PortSet.parse(refused);
        expect((lacks('silence') ? known.union(PortSet.parse(unknown)) : known).has(closed)).toBe(true);
      }
      for (const counted of none) expect((await counted()) ?? 0).toBe(0);
    },
    SLOW,
  );

  it(
    'as a part of the scanner: sends nothing while the kill switch is on, and hands back what it had not done when it is thrown',
    async () => {
      const [address] = place.addresses;
      const arrived = await count({ address });
      const on = { read: async () => ({ on: true, reason: 'tried' }) };
      const refused = await scanShard(aShardOf(place, '10000-10100'), scanDeps(engine, { killSwitch: on }));
      expect(refused).toMatchObject({ status: 'failed', reason: 'kill switch: tried', results: [] });
      expect((await arrived()) ?? 0).toBe(0);

      let [begun, seen] = [false, 0];
      const counting: Engine = {
        ...engine,
        async *scan(asked, signal) {
          for await (const event of engine.scan(asked, signal)) {
            begun ||= hasBegun(event);
            if (event.kind === 'observations') for (const { ports } of event.observations) seen += ports.length;
            yield event;
          }
        },
      };
      const thrown = { read: async () => ({ on: begun, reason: 'tried' }) };
      const result = await scanShard(
        aShardOf(place, '10000-29999', { rate: 200 }),
        scanDeps(counting, { killSwitch: thrown }),
      );
      expect(result).toMatchObject({ status: 'partial', reason: expect.stringMatching(/^kill switch: tried/) });
      const covered = PortSet.parse(result.results[0]?.covered ?? '');
      expect(covered.size).toBe(seen);
      expect(covered.subtract(PortSet.parse('10000-29999')).isEmpty).toBe(true);
      expect(covered.size).toBeLessThan(20_000);
      expect((await arrived()) ?? seen).toBeGreaterThanOrEqual(seen);
    },
    SLOW,
  );

  const { nobody } = place;
  if (nobody === null) return;
  it(
    'calls no port of an address that nobody has open or closed',
    async () => {
      const { seen, events } = await collect(engine, job('20-25', { address: nobody }));
      expect(seen.filter(({ state }) => state === 'open' || state === 'closed')).toEqual([]);
      const given = events.some((event) => event.kind === 'stopped');
      expect(given || seen.length === 6).toBe(true);
    },
    SLOW,
  );
}

/** Something was asked and found out. Some engines tell what they found when they are done with an address, or stopped. */
function hasBegun(event: EngineEvent): boolean {
  return event.kind === 'observations' || (event.kind === 'progress' && event.done > 0);
}

function aShardOf(place: ContractPlace, ports: string, over: Partial<Shard> = {}): Shard {
  return aShard({ protocol: place.protocol, addresses: [place.addresses[0]], ports, ...over });
}

function scanDeps(engine: Engine, over: Partial<ScanDeps>): ScanDeps {
  return {
    engine,
    clock: { now: () => NOW },
    killSwitch: { read: async () => ({ on: false, reason: null }) },
    limits: { rate: 5_000, shared: null, perAddressRate: null, deadlineMs: SLOW },
    exclusions: Exclusions.NONE,
    recheck: async ({ addresses }) => ({ ours: new Set(addresses) }),
    ownAddresses: () => new Set(),
    loopback: true,
    ...over,
  };
}

function doneOf(events: readonly EngineEvent[]): Extract<EngineEvent, { kind: 'done' }> {
  const last = events.at(-1);
  if (last?.kind !== 'done') throw new Error('the last event is done');
  return last;
}

/** Of an engine that tells silence: everything is what it is, but for what nobody can know. */
function missedNothing(place: ContractPlace, open: readonly number[], { seen, stateOf }: Collected): void {
  expect(open.map(stateOf)).toEqual(open.map(() => 'open'));
  const unsure = seen.filter(({ state }) => state === 'filtered' || state === 'unknown');
  expect(unsure.filter(({ reason }) => !place.unknowable.includes(reason))).toEqual([]);
  expect(unsure.length).toBeLessThanOrEqual(place.unknowable.length);
}

/** Of an engine that does not hear every answer: what it hears is so, and it calls nothing else anything but unknown. */
async function missedSome(address: string, open: readonly number[], { seen, stateOf }: Collected): Promise<void> {
  expect(open.map(stateOf).filter((state) => state !== 'open' && state !== 'unknown')).toEqual([]);
  const told = seen.filter(({ state }) => state === 'open');
  expect(await Promise.all(told.map(({ port }) => accepts(address, port)))).toEqual(told.map(() => true));
  expect(new Set(seen.map(({ state }) => state))).toContain('closed');
  expect(seen.filter(({ state }) => state === 'filtered')).toEqual([]);
}

/**
 * What jobs send that run at once: whether that was all, and how many probes were above the rate. Where nobody counts packets, observations
 * of the first second stand for them, and two and a half times the rate for what is above it.
 */
async function sendAtOnce(
  place: ContractPlace,
  engine: Engine,
  jobs: readonly ScanJob[],
  { address, rate }: { readonly address?: string; readonly rate: number },
): Promise<{ readonly enough: boolean; readonly over: number }> {
  const of = address === undefined ? {} : { address };
  const counted = await Promise.all([place.count?.(of), place.count?.({ ...of, over: rate })]);
  const stopping = new AbortController();
  if (place.count === null) setTimeout(() => stopping.abort(), 1_000);
  const all = await Promise.all(jobs.map((job) => collect(engine, job, stopping.signal)));
  const told = all.reduce((sum, { seen }) => sum + seen.length, 0);
  const pairs = jobs.flatMap(({ targets }) => targets).reduce((sum, { ports }) => sum + ports.size, 0);
  const [arrived, over] = await Promise.all(counted.map(async (packets) => packets?.()));
  if (arrived === undefined || over === undefined) {
    return { enough: told > rate / 2, over: Math.max(0, told - rate * 2.5) };
  }
  return { enough: arrived >= pairs, over };
}
