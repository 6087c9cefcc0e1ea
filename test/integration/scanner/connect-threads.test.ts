import { readdirSync, readlinkSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { connectEngine } from '../../../fargate-scanner/engines/connect/connect-engine.ts';
import type { Engine, EngineEvent } from '../../../fargate-scanner/engines/engine.ts';
import { scanShard } from '../../../fargate-scanner/scan-shard.ts';
import { aShard } from '../../builders/shard.ts';
import { aJob as anyJob, aListener, collect } from '../../support/scanner/engine.ts';
import { NOTHING_FORBIDDEN } from '../../support/scanner/nothing-forbidden.ts';

const ADDRESS = '127.9.8.5';
const WORKER = new URL('../../../fargate-scanner/engines/connect/worker.ts', import.meta.url);

/** An engine in two threads, and the threads it made. */
function anEngine(script: URL = WORKER) {
  const made: Worker[] = [];
  const makeThread = (): Worker => {
    const worker = new Worker(script);
    made.push(worker);
    return worker;
  };
  return { engine: connectEngine({ threads: 2, makeThread }), made };
}

/** A list that is long enough to be divided, of an address that is no interface's: connections to it come from 127.0.0.1. */
const LONG = '1-20000';
const aJob = (ports: string, over: Parameters<typeof anyJob>[1] = {}) => anyJob(ports, { address: ADDRESS, ...over });
const isOdd = (port: number): boolean => port % 2 === 1;

/** The engine, with a look at each event before it is told. */
function watched(engine: Engine, look: (event: EngineEvent) => void): Engine {
  return {
    name: engine.name,
    async *scan(job, signal) {
      for await (const event of engine.scan(job, signal)) {
        look(event);
        yield event;
      }
    },
  };
}

const sockets = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;

describe('the connect engine in two threads', () => {
  it('tells every port of a divided list once, and finds the open ones of both halves', async () => {
    const { engine, made } = anEngine();
    const open = await Promise.all(Array.from({ length: 8 }, () => aListener(ADDRESS)));
    const { seen, events, stateOf } = await collect(engine, aJob('1-65535', { rate: 1_000_000, timeoutMs: 1_250 }));
    expect([seen.length, new Set(seen.map(({ port }) => port)).size]).toEqual([65_535, 65_535]);
    expect(open.map(({ port }) => stateOf(port))).toEqual(open.map(() => 'open'));
    expect(events.at(-1)).toEqual({ kind: 'done', complete: true, probes: 65_535 });
    expect(made).toHaveLength(2);
    await Promise.all(made.map((worker) => worker.terminate()));
  });

  it('goes on without a thread that is killed: what that one had not told is not covered, and the job says so', async () => {
    const { engine, made } = anEngine();
    const killing = watched(engine, (event) => {
      // Odd ports are those of the first thread.
      const first = event.kind === 'observations' && event.observations.some(({ ports }) => [...ports].some(isOdd));
      if (first) void made[0]?.terminate();
    });
    const { seen, events } = await collect(killing, aJob(LONG, { rate: 10_000 }));
    expect(events.at(-1)).toMatchObject({ kind: 'done', complete: false });
    expect(events.filter(({ kind }) => kind === 'stopped')).toEqual([
      { kind: 'stopped', address: ADDRESS, reason: 'thread-crashed: the thread ended with code 1' },
    ]);
    expect(seen.filter(({ state }) => state === 'filtered' || state === 'unknown')).toEqual([]);
    expect(new Set(seen.map(({ port }) => port)).size).toBe(seen.length);
    // All of the half that the other thread had.
    expect(seen.filter(({ port }) => !isOdd(port))).toHaveLength(10_000);
    expect(seen.length).toBeLessThan(20_000);
    const next = await collect(engine, aJob(LONG));
    expect(next.events.at(-1)).toMatchObject({ complete: true });
    expect(made).toHaveLength(3);
    await Promise.all(made.map((worker) => worker.terminate()));
  });

  it('does here what a thread would have done that does not start', async () => {
    const { engine } = anEngine(new URL('data:text/javascript,throw new Error("no memory for it")'));
    const { seen, events } = await collect(engine, aJob(LONG));
    expect(new Set(seen.map(({ port }) => port)).size).toBe(20_000);
    expect(events.at(-1)).toEqual({ kind: 'done', complete: true, probes: 20_000 });
    const cannot = connectEngine({
      threads: 2,
      makeThread: () => {
        throw new Error('no thread can be made');
      },
    });
    const other = await collect(cannot, aJob(LONG));
    expect(other.events.at(-1)).toEqual({ kind: 'done', complete: true, probes: 20_000 });
    // What they may hold is counted right afterwards: the next job starts too.
    expect((await collect(cannot, aJob('1-10'))).seen).toHaveLength(10);
  });

  it.each([
    ['an address that both threads probe', 100_000, 200],
    ['the job', 200, null],
  ])('keeps to the rate of %s', async (_of, rate, addressRate) => {
    const { engine, made } = anEngine();
    const job = aJob(LONG, { rate });
    const slow = { ...job, targets: job.targets.map((target) => ({ ...target, rate: addressRate })) };
    const stopping = new AbortController();
    let told = 0;
    const stoppedAt150 = watched(engine, (event) => {
      if (event.kind === 'observations') for (const { ports } of event.observations) told += ports.length;
      if (told >= 150) stopping.abort();
    });
    const startedAt = performance.now();
    const { seen } = await collect(stoppedAt150, slow, stopping.signal);
    const seconds = (performance.now() - startedAt) / 1_000;
    // 10 are saved up at first; either thread may take one that is not there yet.
    expect(seen.length).toBeLessThanOrEqual(Math.ceil(200 * seconds) + 12);
    expect(seen.length).toBeGreaterThanOrEqual(150);
    await Promise.all(made.map((worker) => worker.terminate()));
  });

  it('stops both within the time limit when the kill switch is turned on', async () => {
    const { engine, made } = anEngine();
    let reads = 0;
    const result = await scanShard(aShard({ addresses: [ADDRESS], ports: '1-65535', rate: 2_000 }), {
      ...NOTHING_FORBIDDEN,
      engine,
      clock: { now: () => '2026-03-01T09:00:05.000Z' },
      killSwitch: { read: async () => ({ on: (reads += 1) > 2, reason: 'drill' }) },
      limits: { rate: 5_000, shared: null, perAddressRate: null, deadlineMs: 20_000 },
      loopback: true,
    });
    expect(result).toMatchObject({ status: 'partial', reason: 'kill switch: drill' });
    const covered = PortSet.parse(result.results[0]?.covered ?? '').size;
    expect(covered).toBeGreaterThan(0);
    expect(covered).toBeLessThan(20_000);
    expect(result.results[0]?.unknown).toBe('');
    await Promise.all(made.map((worker) => worker.terminate()));
  });

  it('keeps its threads for the next job, ends them when a job is dropped, and leaves no socket behind', async () => {
    const { engine, made } = anEngine();
    const before = sockets();
    await collect(engine, aJob(LONG));
    const stopping = new AbortController();
    const running = collect(engine, aJob(LONG, { rate: 2_000 }), stopping.signal);
    setTimeout(() => stopping.abort(), 100);
    await running;
    expect(made).toHaveLength(2);
    const ended = made.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    for await (const event of engine.scan(aJob(LONG, { rate: 2_000 }), new AbortController().signal)) {
      if (event.kind === 'observations') break;
    }
    await Promise.all(ended);
    await vi.waitFor(() => expect(sockets()).toBe(before), { timeout: 5_000 });
  });
});
