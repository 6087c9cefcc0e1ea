import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import {
  CREDIT,
  DROP,
  STOP,
  FINISH,
  type WorkerJob,
  type WorkerMessage,
} from '../../../fargate-scanner/engines/syn/messages.ts';
import { synEngine } from '../../../fargate-scanner/engines/syn/syn-engine.ts';
import type { ScanThreadLike } from '../../../fargate-scanner/engines/syn/threads.ts';
import { aJob, collect } from '../../support/scanner/engine.ts';

/** A thread that does what the test says. */
class FakeThread extends EventEmitter implements ScanThreadLike {
  job: WorkerJob | null = null;
  ended = false;
  readonly #started: (thread: FakeThread) => void;

  constructor(started: (thread: FakeThread) => void) {
    super();
    this.#started = started;
  }

  postMessage(job: WorkerJob): void {
    this.job = job;
    setImmediate(() => this.#started(this));
  }

  say(message: WorkerMessage): void {
    this.emit('message', message);
  }

  terminate(): Promise<number> {
    this.ended = true;
    return Promise.resolve(1);
  }

  ref(): void {}

  unref(): void {}
}

const DONE = { kind: 'done', complete: true, probes: 3, loss: 0, missedOpen: 0, receiveDrops: 0, ignored: 0 } as const;
const settled = (ports: number[], state: 'open' | 'closed', tries = 1): WorkerMessage => ({
  kind: 'settled',
  batch: [{ target: 0, from: 0, length: ports.length * 2, state, reason: 'x', rttMs: null, tries }],
  runs: Uint16Array.from(ports.flatMap((port) => [port, port])),
});

it('everything the thread had not told when it died is unknown, never filtered', async () => {
  const engine = synEngine({
    makeThread: () =>
      new FakeThread((thread) => {
        thread.say(settled([80, 82], 'open'));
        thread.emit('error', new Error('out of memory'));
        thread.emit('exit', 1);
      }),
  });
  const { seen, events } = await collect(engine, aJob('80-84'));
  expect(seen.map(({ port, state }) => `${port} ${state}`)).toEqual([
    '80 open',
    '82 open',
    '81 unknown',
    '83 unknown',
    '84 unknown',
  ]);
  expect(events.at(-2)).toEqual({ kind: 'stopped', address: '127.0.0.1', reason: 'worker-crashed: out of memory' });
  expect(events.at(-1)).toMatchObject({ kind: 'done', complete: false });
});

it('the next scan after a death has another thread, and threads that lived are used again', async () => {
  const threads: FakeThread[] = [];
  const engine = synEngine({
    makeThread: () => {
      const first = threads.length === 0;
      const thread = new FakeThread((one) => (first ? one.emit('exit', 137) : one.say(DONE)));
      threads.push(thread);
      return thread;
    },
  });
  for (let i = 0; i < 3; i += 1) await collect(engine, aJob('80'));
  expect(threads.length).toBe(2);
});

it('a scan that nobody reads to its end takes its thread with it', async () => {
  const threads: FakeThread[] = [];
  const engine = synEngine({
    makeThread: () => {
      const thread = new FakeThread((one) => one.say(settled([80], 'open')));
      threads.push(thread);
      return thread;
    },
  });
  for await (const event of engine.scan(aJob('80-90'), new AbortController().signal)) {
    expect(event.kind).toBe('observations');
    break;
  }
  expect(threads.map(({ ended }) => ended)).toEqual([true]);
});

it('aborting tells the thread to finish, at once', async () => {
  const stopping = new AbortController();
  const engine = synEngine({
    makeThread: () =>
      new FakeThread((thread) => {
        stopping.abort();
        thread.say({ ...DONE, complete: Atomics.load(thread.job!.control, STOP) !== FINISH });
      }),
  });
  const { events } = await collect(engine, aJob('80'), stopping.signal);
  expect(events).toMatchObject([{ kind: 'done', complete: false }]);
});

it('hands the thread no more tokens than the shared source gives', async () => {
  let left = 7;
  const shared = { available: () => left, take: () => void (left -= 1) };
  const credits: number[] = [];
  const engine = synEngine({
    makeThread: () =>
      new FakeThread((thread) => {
        credits.push(Atomics.load(thread.job!.control, CREDIT));
        thread.say(DONE);
      }),
  });
  await collect(engine, aJob('1-1000', { shared, rate: 200 }));
  // 20 ms of 200 a second.
  expect([credits, left]).toEqual([[4], 3]);
  left = 2;
  await collect(engine, aJob('1-1000', { shared, rate: 200 }));
  expect(left).toBe(0);
});

it('a try is as many SYNs as a connection sends in the time limit', async () => {
  const jobs: WorkerJob[] = [];
  const engine = synEngine({
    makeThread: () =>
      new FakeThread((thread) => {
        jobs.push(thread.job!);
        thread.say(settled([80], 'closed', 4));
        thread.say(DONE);
      }),
  });
  const { seen } = await collect(engine, aJob('80', { tries: 2, timeoutMs: 1_250 }));
  await collect(engine, aJob('80', { tries: 2, timeoutMs: 300 }));
  expect(jobs.map(({ tries, timeoutMs }) => [tries, timeoutMs])).toEqual([
    [4, 625],
    [2, 300],
  ]);
  expect(seen).toMatchObject([{ tries: 2 }]);
});

it('gives each address one place in the shared times, IPv4 before IPv6, and each list of ports once', async () => {
  const jobs: WorkerJob[] = [];
  const engine = synEngine({
    makeThread: () =>
      new FakeThread((thread) => {
        jobs.push(thread.job!);
        thread.say(DONE);
      }),
  });
  const [list, other] = [PortSet.parse('1-9'), PortSet.parse('7')];
  const targets = [
    { address: '2001:db8::1', ports: list, rate: 5 },
    { address: '192.0.2.1', ports: other, rate: 5 },
    { address: '192.0.2.2', ports: list, rate: 5 },
  ];
  await collect(engine, aJob('1', { targets }));
  const [job] = jobs;
  const { count, fours, addresses, lists, slots } = job!.targets;
  expect([count, fours, addresses.length, new Set(slots).size]).toEqual([3, 2, 24, 3]);
  expect([...addresses.subarray(0, 8), addresses[8], addresses[23]]).toEqual([192, 0, 2, 1, 192, 0, 2, 2, 0x20, 1]);
  expect([job!.ports, [...lists]]).toEqual([
    [other.ranges, list.ranges],
    [0, 1, 1],
  ]);
});

it('divides a job among threads by addresses: each has its own share, its part of the rate, and all are told to finish', async () => {
  const stopping = new AbortController();
  const jobs: WorkerJob[] = [];
  const engine = synEngine({
    threads: 2,
    makeThread: () =>
      new FakeThread((thread) => {
        const job = thread.job!;
        jobs.push(job);
        if (jobs.length === 2) stopping.abort();
        thread.say(settled([80], 'open'));
        setImmediate(() => thread.say({ ...DONE, complete: Atomics.load(job.control, STOP) !== FINISH }));
      }),
  });
  const ports = PortSet.parse('80');
  const targets = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => ({ address, ports, rate: null }));
  const { events } = await collect(engine, aJob('80', { targets, rate: 1_000 }), stopping.signal);
  expect(jobs.map((job) => [job.targets.count, job.hosts, job.rate])).toEqual([
    [2, 3, 500],
    [1, 3, 500],
  ]);
  expect(jobs[0]!.key).not.toEqual(jobs[1]!.key);
  const seen = events.flatMap((event) => (event.kind === 'observations' ? event.observations : []));
  expect(seen.map(({ address }) => address)).toEqual(['192.0.2.1', '192.0.2.2']);
  expect(events.at(-1)).toMatchObject({ kind: 'done', complete: false, probes: 6 });
});

it('one thread that dies takes no evidence of the other with it', async () => {
  let count = 0;
  const engine = synEngine({
    threads: 2,
    makeThread: () => {
      count += 1;
      const dies = count === 1;
      return new FakeThread((thread) => {
        if (dies) thread.emit('exit', 137);
        else for (const message of [settled([80, 81], 'closed'), DONE]) thread.say(message);
      });
    },
  });
  const ports = PortSet.parse('80-81');
  const targets = ['192.0.2.1', '192.0.2.2'].map((address) => ({ address, ports, rate: null }));
  const { events, seen } = await collect(engine, aJob('80', { targets }));
  expect(seen.map(({ address, port, state }) => `${address} ${port} ${state}`).toSorted()).toEqual([
    '192.0.2.1 80 unknown',
    '192.0.2.1 81 unknown',
    '192.0.2.2 80 closed',
    '192.0.2.2 81 closed',
  ]);
  expect(events.filter(({ kind }) => kind === 'stopped')).toMatchObject([{ address: '192.0.2.1' }]);
  expect(events.at(-1)).toMatchObject({ kind: 'done', complete: false });
});

it('a divided scan that nobody reads to its end takes all its threads with it, also one that has said nothing', async () => {
  const threads: FakeThread[] = [];
  const engine = synEngine({
    threads: 2,
    makeThread: () => {
      const first = threads.length === 0;
      const thread = new FakeThread((one) => (first ? one.say(settled([80], 'open')) : undefined));
      threads.push(thread);
      return thread;
    },
  });
  const ports = PortSet.parse('80-81');
  const targets = ['192.0.2.1', '192.0.2.2'].map((address) => ({ address, ports, rate: null }));
  for await (const event of engine.scan(aJob('80', { targets }), new AbortController().signal)) {
    expect(event.kind).toBe('observations');
    break;
  }
  expect(threads.map(({ ended, job }) => [ended, Atomics.load(job!.control, STOP)])).toEqual([
    [true, DROP],
    [true, DROP],
  ]);
});
