import { expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { TokenBucket } from '../../../core/scanning/pacing.ts';
import type { Engine } from '../../../fargate-scanner/engines/engine.ts';
import { aClosedPort, aJob, aListener, collect } from '../../support/scanner/engine.ts';
import { aSilentPort } from '../../support/scanner/silent-port.ts';

/** What an engine is tried on: ports of its protocol. */
export interface ContractPorts {
  /** Answers until the test ends. `sources`: the port of each who asked. */
  listener(address?: string): Promise<{ readonly port: number; readonly sources: readonly number[] }>;
  closed(address?: string): Promise<number>;
  /** Of 127.0.0.1. */
  silent(): Promise<number>;
  /** Of a closed port. */
  readonly reason: string;
  /** Probes of one open, one closed and one silent port, each asked once. */
  readonly probes: number;
  /** Reasons for which single ports among all 65,535 may stay unknown. */
  readonly unknowable: readonly string[];
}

const TCP_PORTS: ContractPorts = {
  listener: aListener,
  closed: aClosedPort,
  silent: aSilentPort,
  reason: 'ECONNREFUSED',
  probes: 3,
  unknowable: [],
};

/** What every engine does, on loopback. */
export function engineContract(engine: Engine, ports: ContractPorts = TCP_PORTS): void {
  it('tells open, closed and filtered ports apart', async () => {
    const [open, closed, silent] = [(await ports.listener()).port, await ports.closed(), await ports.silent()];
    const { seen, events, stateOf } = await collect(engine, aJob(`${open},${closed},${silent}`));
    expect([stateOf(open), stateOf(closed), stateOf(silent)]).toEqual(['open', 'closed', 'filtered']);
    expect(seen.find(({ port }) => port === open)?.rttMs).toBeGreaterThan(0);
    expect(seen.find(({ port }) => port === closed)).toMatchObject({ reason: ports.reason, rttMs: null });
    expect(seen.find(({ port }) => port === silent)).toMatchObject({ reason: 'no-answer', rttMs: null });
    expect(events.at(-1)).toMatchObject({ kind: 'done', complete: true, probes: ports.probes });
  });

  it('scans IPv6', async () => {
    const { port } = await ports.listener('::1');
    const closed = await ports.closed('::1');
    const { stateOf } = await collect(engine, aJob(`${port},${closed}`, { address: '::1' }));
    expect([stateOf(port), stateOf(closed)]).toEqual(['open', 'closed']);
  });

  it('gives one observation for every port, open ones found among thousands of closed ones', async () => {
    const open = await Promise.all(Array.from({ length: 12 }, () => ports.listener('127.9.8.7')));
    const job = aJob('1-65535', { address: '127.9.8.7', rate: 1_000_000, timeoutMs: 1_250 });
    const { seen, stateOf } = await collect(engine, job);
    expect([seen.length, new Set(seen.map(({ port }) => port)).size]).toEqual([65_535, 65_535]);
    expect(open.map(({ port }) => stateOf(port))).toEqual(open.map(() => 'open'));
    const unsure = seen.filter(({ state }) => state === 'filtered' || state === 'unknown');
    expect(unsure.filter(({ reason }) => !ports.unknowable.includes(reason))).toEqual([]);
    expect(unsure.length).toBeLessThanOrEqual(ports.unknowable.length);
  });

  it('tries what is silent as often as asked', async () => {
    const [open, silent] = [(await ports.listener()).port, await ports.silent()];
    const { seen, events } = await collect(engine, aJob(`${open},${silent}`, { tries: 3, timeoutMs: 100 }));
    const triesOf = (port: number) => seen.find((one) => one.port === port)?.tries;
    expect([triesOf(open), triesOf(silent)]).toEqual([1, 3]);
    expect(events.at(-1)).toMatchObject({ kind: 'done', probes: 4 });
  });

  it('stops launching when aborted and reports what it had', async () => {
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 200);
    const { seen, events } = await collect(engine, aJob('1-20000', { rate: 200 }), stopping.signal);
    expect(events.at(-1)).toMatchObject({ kind: 'done', complete: false });
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.length).toBeLessThan(5_000);
    expect(seen.filter(({ state }) => state === 'unknown')).toEqual([]);
  });

  it('probes nothing when it is aborted from the start', async () => {
    const { port, sources } = await ports.listener();
    const { seen, events } = await collect(engine, aJob(String(port)), AbortSignal.abort());
    expect([seen, events, sources]).toEqual([[], [{ kind: 'done', complete: false, probes: 0 }], []]);
  });

  it('keeps to the rate of an address over jobs that run at once', async () => {
    const job = aJob('1-2000');
    const slow = { ...job, targets: job.targets.map((target) => ({ ...target, rate: 100 })) };
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 1_000);
    const both = await Promise.all([1, 2].map(() => collect(engine, slow, stopping.signal)));
    const probes = both.reduce((sum, { seen }) => sum + seen.length, 0);
    expect(probes).toBeGreaterThan(50);
    expect(probes).toBeLessThan(250);
  });

  it('takes no more tokens than jobs that run at once share', async () => {
    const shared = new TokenBucket(200, performance.now());
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 1_000);
    const jobs = ['127.0.0.1', '127.0.0.2'].map((address) => aJob('1-2000', { address, shared, rate: 100_000 }));
    const both = await Promise.all(jobs.map((job) => collect(engine, job, stopping.signal)));
    const probes = both.reduce((sum, { seen }) => sum + seen.length, 0);
    expect(probes).toBeGreaterThan(100);
    expect(probes).toBeLessThan(500);
  });

  it('has nothing to do for targets without ports', async () => {
    const targets = [{ address: '127.0.0.1', ports: PortSet.EMPTY, rate: null }];
    const { events } = await collect(engine, aJob('1', { targets }));
    expect(events).toMatchObject([{ kind: 'done', complete: true, probes: 0 }]);
  });
}
