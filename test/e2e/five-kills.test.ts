import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { PortSet } from '../../core/net/port-set.ts';
import { makeLab, OPEN_PORTS } from '../support/lab/lab.ts';
import { describeWith } from '../support/need.ts';
import { seeded } from '../support/random.ts';
import { type Sweep, SweepCloud, startScannerProcess, type SweepRecord, SynCounter } from './support/sweep.ts';
import { temporaryDataDir, undo } from './support/portcullis.ts';

const HOSTS = 32;
/** Five kills, and between them one stop that gives back what is not done. */
const SIGNALS = ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGKILL', 'SIGKILL'] as const;
const AT_ONCE = 2;
/** 32 shards an address. */
const PORTS = '1-65535';
/** Probes a second to one address, all scanners together. */
const RATE = 6_000;
const SEED = 20_260_301;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(() => undo(cleanups));

describeWith(['root', 'ip', 'nft'], 'scanners that are killed', () => {
  it('five times in a sweep of every port of 32 hosts: all is covered, nothing is recorded twice, and no host gets more than its rate', async () => {
    const data = await temporaryDataDir();
    cleanups.push(data.remove);
    const lab = await makeLab({ hosts: HOSTS });
    cleanups.push(() => lab.remove());
    const counter = new SynCounter(lab, RATE);
    const cloud = new SweepCloud(lab, data.path, PORTS, SEED);
    cleanups.push(() => cloud.stop());
    const random = seeded(SEED);
    const log: string[] = [];
    const scanners: ChildProcess[] = [];
    const env = {
      ...(await cloud.env()),
      PER_ADDRESS_RATE: String(RATE),
      SCANNERS: String(AT_ONCE),
      RATE: '30000',
      CONCURRENCY: '8',
      VISIBILITY_SECONDS: '10',
    };
    const start = () => scanners.push(startScannerProcess(lab, env, log));
    cleanups.push(async () => {
      for (const scanner of scanners)
        if (scanner.exitCode === null && scanner.signalCode === null) scanner.kill('SIGKILL');
    });
    for (let i = 0; i < AT_ONCE; i += 1) start();

    // After so many probes one of the scanners is ended in the middle of some shards.
    const { shards, probes } = await cloud.progress();
    for (const [i, signal] of SIGNALS.entries()) {
      const after = (probes * (i + random())) / SIGNALS.length;
      await reached(async () => counter.total() >= after);
      const [victim] = scanners.splice(Math.floor(random() * AT_ONCE), 1);
      if (victim === undefined) throw new Error('there is no scanner to kill');
      const ended = once(victim, 'exit');
      victim.kill(signal);
      expect(await ended).toEqual(signal === 'SIGKILL' ? [null, signal] : [0, null]);
      start();
    }
    await reached(async () => {
      const { complete, incomplete } = await cloud.progress();
      return complete + incomplete >= shards;
    });
    const first = await cloud.end();
    const probed = counter.total();
    const again = await cloud.again();
    const second = await cloud.end();
    const syns = counter.total();
    for (const scanner of scanners) {
      const ended = once(scanner, 'exit');
      scanner.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    }

    const { run, fingerprints } = first;
    expect(shards).toBe(HOSTS * 32);
    expect(run).toMatchObject({ shards, complete: shards, incomplete: 0, addresses: HOSTS, engines: { syn: shards } });
    expect(fingerprints.map(({ address }) => address).toSorted()).toEqual([...lab.targets.v4].toSorted());
    for (const { open, observed } of fingerprints) {
      expect(open).toBe(OPEN_PORTS.join(','));
      const seen = observed.reduce((sum, { ports }) => sum.union(PortSet.parse(ports)), PortSet.EMPTY);
      expect(seen.toString()).toBe(PORTS);
    }
    const wanted = lab.targets.v4.flatMap((address) => OPEN_PORTS.map((port) => `${address} ${port}`)).toSorted();
    expect(pairs(first.changes)).toEqual(wanted);
    expect(pairs(first.findings)).toEqual(wanted);
    const tellable = first.findings.filter(({ alertedAt }) => alertedAt !== null);
    expect(tellable.length).toBeGreaterThan(HOSTS);
    expect(pairs(first.told)).toEqual(pairs(tellable));

    // Shards that have ended are delivered, probed and told of once more.
    expect(again).toBeGreaterThan(0);
    expect(syns - probed).toBeGreaterThanOrEqual((again * HOSTS * 65_535) / shards - again);
    expect(second.results.received).toBeGreaterThanOrEqual(first.results.received + again);
    expect(lasting(second)).toEqual(lasting(first));

    // A shard owns its address while it runs.
    expect(second.sweeps.length).toBeGreaterThanOrEqual(shards);
    expect(meetings(second.sweeps)).toEqual([]);
    const over = counter.over();
    console.error({
      shards,
      again,
      sweeps: second.sweeps.length,
      results: second.results,
      syns,
      over,
      engines: run.engines,
      warnings: log.filter((line) => line.includes('"warn"')).length,
    });
    expect(over).toBe(0);
  }, 300_000);
});

function pairs(of: readonly { readonly address: string; readonly port: number }[]): string[] {
  return of.map(({ address, port }) => `${address} ${port}`).toSorted();
}

/** Pairs of sweeps that were at one address at the same time. */
function meetings(sweeps: readonly Sweep[]): string[] {
  return [...Map.groupBy(sweeps, ({ address }) => address).values()].flatMap((there) => {
    const inTurn = there.toSorted((a, b) => (a.from < b.from ? -1 : 1));
    return inTurn.flatMap(({ address, until }, i) => {
      const next = inTurn[i + 1];
      return next !== undefined && next.from < until
        ? [`${address}: one until ${until}, another from ${next.from}`]
        : [];
    });
  });
}

/** The record without the times at which what is known was seen last. */
function lasting({ run, fingerprints, changes, findings, told }: SweepRecord) {
  return {
    run,
    fingerprints: fingerprints.map(({ address, open, history }) => ({ address, open, history })),
    changes,
    findings: findings.map(({ id, status, openedAt, alertedAt }) => ({ id, status, openedAt, alertedAt })),
    told,
  };
}

async function reached(is: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 240_000;
  while (!(await is())) {
    if (performance.now() > deadline) throw new Error('the sweep does not go on');
    await wait(400);
  }
}
