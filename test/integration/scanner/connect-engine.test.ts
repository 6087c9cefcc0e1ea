import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectEngine } from '../../../fargate-scanner/engines/connect/connect-engine.ts';
import type { MakeDialer } from '../../../fargate-scanner/engines/connect/dialer.ts';
import { handleDialer } from '../../../fargate-scanner/engines/connect/handle-dialer.ts';
import { netDialer } from '../../../fargate-scanner/engines/connect/net-dialer.ts';
import { accepts, aClosedPort, aJob, aListener, collect } from '../../support/scanner/engine.ts';
import { aSilentPort } from '../../support/scanner/silent-port.ts';

const handle = handleDialer();

it('this Node has the TCP handles the fast dialer needs', () => {
  expect(handle).toBeDefined();
});

const DIALERS: [string, MakeDialer][] = [
  ['handle', handle ?? netDialer],
  ['net', netDialer],
];

describe.each(DIALERS)('the connect engine dialling with %s', (_name, makeDialer) => {
  const engine = connectEngine({ makeDialer });

  it('tells open, closed and filtered ports apart', async () => {
    const [open, closed, silent] = [(await aListener()).port, await aClosedPort(), await aSilentPort()];
    const { seen, events, stateOf } = await collect(engine, aJob(`${open},${closed},${silent}`));
    expect([stateOf(open), stateOf(closed), stateOf(silent)]).toEqual(['open', 'closed', 'filtered']);
    expect(seen.find(({ port }) => port === open)).toMatchObject({ reason: 'connected', tries: 1 });
    expect(seen.find(({ port }) => port === open)?.rttMs).toBeGreaterThan(0);
    expect(seen.find(({ port }) => port === closed)).toMatchObject({ reason: 'ECONNREFUSED' });
    expect(seen.find(({ port }) => port === silent)).toMatchObject({ reason: 'no-answer', rttMs: null });
    expect(events.at(-1)).toEqual({ kind: 'done', complete: true, probes: 3 });
  });

  it('scans IPv6', async () => {
    const { port } = await aListener('::1');
    const closed = await aClosedPort('::1');
    const { stateOf } = await collect(engine, aJob(`${port},${closed}`, { address: '::1' }));
    expect([stateOf(port), stateOf(closed)]).toEqual(['open', 'closed']);
  });

  it('gives one observation for every port, open ones found among thousands of closed ones', async () => {
    const open = await Promise.all(Array.from({ length: 12 }, () => aListener('127.9.8.6')));
    const { seen } = await collect(
      engine,
      aJob('1-65535', { address: '127.9.8.6', rate: 1_000_000, timeoutMs: 1_250 }),
    );
    expect(seen.length).toBe(65_535);
    expect(new Set(seen.map(({ port }) => port)).size).toBe(65_535);
    const found = new Set(seen.filter(({ state }) => state === 'open').map(({ port }) => port));
    for (const { port } of open) expect(found.delete(port)).toBe(true);
    // What else listens on every address of this machine; a connection to ourselves would not answer a second time.
    for (const port of found) await expect(accepts('127.9.8.6', port)).resolves.toBe(true);
    expect(seen.filter(({ state }) => state === 'filtered' || state === 'unknown')).toEqual([]);
  });

  it('leaves no TIME_WAIT behind after finding a port open two hundred times', async () => {
    // An address of its own: for a minute a port may wait for a connection of another test.
    const { port } = await aListener('127.9.8.5');
    for (let i = 0; i < 200; i += 1) await collect(engine, aJob(String(port), { address: '127.9.8.5' }));
    // 127.9.8.5 as /proc/net/tcp writes it: the word as it lies in memory, in hexadecimal.
    const name = `0508097F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const waiting = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, remote, state]) => state === '06' && (local === name || remote === name));
    expect(waiting).toEqual([]);
  });

  it('tries what is not open as often as asked', async () => {
    const [open, closed, silent] = [(await aListener()).port, await aClosedPort(), await aSilentPort()];
    const { seen, events } = await collect(engine, aJob(`${open},${closed},${silent}`, { tries: 3, timeoutMs: 100 }));
    const triesOf = (port: number) => seen.find((one) => one.port === port)?.tries;
    expect([triesOf(open), triesOf(closed), triesOf(silent)]).toEqual([1, 3, 3]);
    expect(events.at(-1)).toEqual({ kind: 'done', complete: true, probes: 7 });
  });

  it('finds a port that opens between two tries', async () => {
    const [port, silent] = [await aClosedPort(), await aSilentPort()];
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    onTestFinished(() => void server.close());
    const job = aJob(`${port},${silent}`, { tries: 2, timeoutMs: 400 });
    const running = collect(engine, job);
    await new Promise((resolve) => setTimeout(resolve, 150));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const { seen } = await running;
    expect(seen.find((one) => one.port === port)).toMatchObject({ state: 'open', tries: 2 });
  });

  it('uses another source port for each connection, after refused ones too', async () => {
    const { port, sources } = await aListener();
    const closed = await aClosedPort();
    for (let i = 0; i < 20; i += 1) await collect(engine, aJob(`${closed},${port}`, { tries: 2 }));
    expect(sources.length).toBe(20);
    expect(new Set(sources).size).toBe(20);
  });

  it('calls nothing filtered that was answered while the event loop stood still', async () => {
    const ports = (await Promise.all(Array.from({ length: 5 }, () => aListener('127.9.8.6')))).map(({ port }) => port);
    const blocked = setInterval(() => {
      const until = performance.now() + 250;
      while (performance.now() < until);
    }, 20);
    onTestFinished(() => clearInterval(blocked));
    const { seen, stateOf } = await collect(
      engine,
      aJob(`1-200,${ports.join(',')}`, { address: '127.9.8.6', timeoutMs: 100 }),
    );
    clearInterval(blocked);
    expect(seen.filter(({ state }) => state === 'filtered' || state === 'unknown')).toEqual([]);
    for (const port of ports) expect(stateOf(port)).toBe('open');
  });

  it('gives up a silent port as unknown, not filtered, when the event loop is late each time', async () => {
    const silent = await aSilentPort();
    const blocked = setInterval(() => {
      const until = performance.now() + 250;
      while (performance.now() < until);
    }, 5);
    onTestFinished(() => clearInterval(blocked));
    const { seen } = await collect(engine, aJob(String(silent), { timeoutMs: 100 }));
    expect(seen).toMatchObject([{ port: silent, state: 'unknown', reason: 'event-loop-lag' }]);
  });

  it('stops launching when aborted and reports what it had', async () => {
    const silent = await aSilentPort();
    const stopping = new AbortController();
    const running = collect(engine, aJob(`1-20000,${silent}`, { address: '127.0.0.1', rate: 200 }), stopping.signal);
    setTimeout(() => stopping.abort(), 200);
    const { seen, events } = await running;
    expect(events.at(-1)).toMatchObject({ kind: 'done', complete: false });
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.length).toBeLessThan(5_000);
    expect(seen.filter(({ state }) => state === 'unknown')).toEqual([]);
  });

  it('keeps to the rate of an address over jobs that run at once', async () => {
    const job = aJob('1-2000');
    const slow = { ...job, targets: job.targets.map((target) => ({ ...target, rate: 100 })) };
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 1_000);
    const startedAt = performance.now();
    const both = await Promise.all([collect(engine, slow, stopping.signal), collect(engine, slow, stopping.signal)]);
    const seconds = (performance.now() - startedAt) / 1_000;
    const probes = both.reduce((sum, { seen }) => sum + seen.length, 0);
    expect(probes).toBeLessThanOrEqual(Math.ceil(100 * seconds) + 6);
    expect(probes).toBeGreaterThan(50);
  });
});

it('jobs that run at once share the file descriptors, however many they are', async () => {
  let [now, most] = [0, 0];
  const silent: MakeDialer = () => ({
    name: 'silent',
    dial() {
      now += 1;
      most = Math.max(most, now);
      return null;
    },
    abandon: () => void (now -= 1),
    close: () => undefined,
  });
  const engine = connectEngine({ nofile: 200, makeDialer: silent });
  const job = aJob('1-300', { rate: 100_000, timeoutMs: 50 });
  const all = await Promise.all(Array.from({ length: 4 }, () => collect(engine, job)));
  expect(all.map(({ seen }) => seen.length)).toEqual([300, 300, 300, 300]);
  // 120 are free of 200; three jobs come when nothing is left, and have eight each.
  expect(most).toBeLessThanOrEqual(120 + 3 * 8);
  await collect(engine, job);
  expect(now).toBe(0);
});
