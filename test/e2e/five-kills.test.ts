import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { PortSet } from '../../core/net/port-set.ts';
import { makeLab, OPEN_PORTS } from '../support/lab/lab.ts';
import { describeWith } from '../support/need.ts';
import { seeded } from '../support/random.ts';
import { SweepCloud, startScannerProcess, SynCounter } from './support/sweep.ts';
import { temporaryDataDir, undo } from './support/portcullis.ts';

const HOSTS = 32;
/** Five kills, and between them one stop that gives back what is not done. */
const SIGNALS = ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGKILL', 'SIGKILL'] as const;
const AT_ONCE = 2;
/** Three shards an address, with every port that listens. */
const PORTS = '1-6139,11211,27017,40000,54321,65535';
/** Probes a second to one address, all scanners together. */
const RATE = 2_500;
const SEED = 20_260_301;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(() => undo(cleanups));

describeWith(['root', 'ip', 'nft'], 'scanners that are killed', () => {
  it('five times in a sweep of 32 hosts: all is covered, nothing is recorded twice, and no host gets more than its rate', async () => {
    const data = await temporaryDataDir();
    cleanups.push(data.remove);
    const lab = await makeLab({ hosts: HOSTS });
    cleanups.push(() => lab.remove());
    const counter = new SynCounter(lab);
    const cloud = new SweepCloud(lab, data.path, PORTS);
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
      VISIBILITY_SECONDS: '8',
    };
    const start = () => scanners.push(startScannerProcess(lab, env, log));
    cleanups.push(async () => {
      for (const scanner of scanners)
        if (scanner.exitCode === null && scanner.signalCode === null) scanner.kill('SIGKILL');
    });
    for (let i = 0; i < AT_ONCE; i += 1) start();

    // After so many shards one of the scanners is ended in the middle of others.
    const { shards } = await cloud.progress();
    for (const [i, signal] of SIGNALS.entries()) {
      await reached(cloud, Math.floor((shards * (i + random())) / SIGNALS.length), counter);
      const [victim] = scanners.splice(Math.floor(random() * AT_ONCE), 1);
      if (victim === undefined) throw new Error('there is no scanner to kill');
      const ended = once(victim, 'exit');
      victim.kill(signal);
      expect(await ended).toEqual(signal === 'SIGKILL' ? [null, signal] : [0, null]);
      start();
    }
    await reached(cloud, shards, counter);
    const { run, fingerprints, changes, findings, results } = await cloud.end();
    counter.sample();
    for (const scanner of scanners) {
      const ended = once(scanner, 'exit');
      scanner.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    }

    const listening = OPEN_PORTS.filter((port) => PortSet.parse(PORTS).has(port));
    expect(run).toMatchObject({ shards, complete: shards, incomplete: 0, addresses: HOSTS });
    expect(fingerprints.map(({ address }) => address).toSorted()).toEqual([...lab.targets.v4].toSorted());
    for (const { open, observed } of fingerprints) {
      expect(open).toBe(listening.join(','));
      const seen = observed.reduce((sum, { ports }) => sum.union(PortSet.parse(ports)), PortSet.EMPTY);
      expect(seen.toString()).toBe(PortSet.parse(PORTS).toString());
    }
    const wanted = lab.targets.v4.flatMap((address) => listening.map((port) => `${address} ${port}`)).toSorted();
    expect(changes.map(({ address, port }) => `${address} ${port}`).toSorted()).toEqual(wanted);
    expect(findings.map(({ address, port }) => `${address} ${port}`).toSorted()).toEqual(wanted);
    const most = counter.most(1_000);
    console.error({
      shards,
      results,
      syns: counter.total(),
      mostToOneHost: Math.round(most),
      allowed: RATE,
      engines: run.engines,
      warnings: log.filter((line) => line.includes('"warn"')).length,
    });
    expect(most).toBeGreaterThan(RATE / 5);
    expect(most).toBeLessThanOrEqual(RATE * 1.1);
  }, 150_000);
});

/** Until so many shards of the run have ended. */
async function reached(cloud: SweepCloud, shards: number, counter: SynCounter): Promise<void> {
  const deadline = performance.now() + 100_000;
  for (;;) {
    counter.sample();
    const { complete, incomplete } = await cloud.progress();
    if (complete + incomplete >= shards) return;
    if (performance.now() > deadline) throw new Error(`${complete + incomplete} of ${shards} shards have ended`);
    await wait(100);
  }
}
