import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Finding } from '../../core/findings/finding.ts';
import type { TaskRun } from '../../core/planning/task-run.ts';
import { describeWith } from '../support/need.ts';
import { type Ended, eventually, readAlerts, runVerb } from './support/portcullis.ts';
import { ADDRESS, dataDir, open, runs, up } from './support/scene.ts';

const OTHER = '127.7.7.10';
const FIRST = 20_000;
const COUNT = 576;
/** Every tenth is open: enough in each shard to see who connects, too few for a host that answers on everything. */
const OPEN = Array.from({ length: COUNT / 10 }, (_, i) => FIRST + 10 * i);
/** Those of the open ports that a first look tells of. */
const HIGH_RISK = [20_000];
const SPEC = `${FIRST}-${FIRST + COUNT - 1}`;
/** Nine shards of 64 ports, four of them at once, two seconds each. */
const SLOW = ['scan', ADDRESS, '--ports', SPEC, '--rate', '32', '--engine', 'connect'];
/** Open ports of a shard. */
const OPEN_OF_SHARD = { least: 6, most: 7 };
/** Connections that are only made when the first shards are done. */
const AT_WORK = 4 * OPEN_OF_SHARD.most + 6;
/** Longer than it takes to look at a shard. */
const WAIT_MS = 3_000;

/** Opens ports; counts who connects to any of them. */
async function counted(): Promise<{ connections: () => number }> {
  let connections = 0;
  for (const port of OPEN) {
    const server = await open(port);
    server.on('connection', () => (connections += 1));
  }
  return { connections: () => connections };
}

/** A verb on the data directory. */
const verb = (data: string, ...args: string[]): Promise<Ended> => runVerb(['--data', data, ...args], { cwd: '/' });

const interrupted = (data: string, connections: () => number, signal: NodeJS.Signals): Promise<Ended> =>
  runVerb(['--data', data, ...SLOW], { cwd: '/', interruptAt: () => connections() >= AT_WORK, signal });

async function newestRun(data: string): Promise<TaskRun> {
  const { out } = await verb(data, '--json', 'tasks');
  const [run] = (JSON.parse(out) as { runs: TaskRun[] }).runs;
  if (run === undefined) throw new Error('no run');
  return run;
}

/** The ports of the findings. */
async function findingsOf(data: string): Promise<number[]> {
  const lines = (await verb(data, '--json', 'findings')).out.split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as Finding).port).toSorted((a, b) => a - b);
}

const READING = [
  ['findings'],
  ['changes'],
  ['fingerprints'],
  ['assets'],
  ['tasks'],
  ['explain', ADDRESS],
  ['whitelist', 'list'],
  ['approvals', 'list'],
  ['export'],
  ['doctor'],
];

describeWith(['private network'], 'a scan that somebody stops', () => {
  it.each<NodeJS.Signals>(['SIGINT', 'SIGTERM'])(
    'by %s ends, keeps what it saw, and no later command goes on with it',
    { timeout: 120_000 },
    async (signal) => {
      const { connections } = await counted();
      const data = await dataDir();
      const { code, out, err } = await interrupted(data, connections, signal);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(
        /\nportcullis: stopped: [1-8] of 9 shards scanned in full; what was seen is kept, the rest is not scanned\n$/,
      );
      expect(await readdir(data)).not.toContain('lock.json');

      const seen = connections();
      const run = await newestRun(data);
      expect(run).toMatchObject({ taskId: 'scan', shards: 9, stopped: expect.stringMatching(/^stopped by /) });
      expect(run.finishedAt).not.toBeNull();
      expect((await findingsOf(data)).length).toBeGreaterThanOrEqual(OPEN_OF_SHARD.least * run.complete);
      for (const args of READING) expect([args, (await verb(data, ...args)).err]).toEqual([args, '']);
      const next = await verb(data, '--json', 'scan', OTHER, '--ports', '9');
      expect(next.code).toBe(0);
      expect(JSON.parse(next.out)).toMatchObject({ address: OTHER, open: [], scan: { complete: true } });
      expect(connections()).toBe(seen);

      const whole = await verb(data, '--json', 'scan', ADDRESS, '--ports', SPEC);
      expect(whole.code).toBe(0);
      expect(await findingsOf(data)).toEqual(OPEN);
      const told = (await readAlerts(data)).flatMap(({ items }) => items.map(({ port }) => port));
      expect(told.toSorted((a, b) => a - b)).toEqual(HIGH_RISK);
    },
  );

  it('by kill -9 is ended by the next command, which says so, once, and nobody goes on with it', async () => {
    const { connections } = await counted();
    const data = await dataDir();
    expect((await interrupted(data, connections, 'SIGKILL')).code).toBeNull();
    const seen = connections();
    const first = await verb(data, 'findings');
    expect(first.err).toMatch(
      new RegExp(
        `^the scan r-[-0-9a-f]+ of ${ADDRESS} was cut short: [0-8] of 9 shards scanned in full; the rest is not scanned unless it is asked for again\n$`,
      ),
    );
    for (const args of READING) expect([args, (await verb(data, ...args)).err]).toEqual([args, '']);
    expect(await newestRun(data)).toMatchObject({ stopped: 'the process that ran it ended first' });
    expect((await verb(data, 'scan', OTHER, '--ports', '9')).code).toBe(0);
    const running = await up(data, ['--targets', OTHER, '--ports', '9', '--cadence', '1s']);
    await eventually(
      async () => ((await runs(running)).filter(({ finishedAt }) => finishedAt !== null).length > 4 ? true : undefined),
      20_000,
      () => running.err,
    );
    expect(running.err).not.toContain('cut short');
    expect(await running.stop()).toBe(0);
    expect(connections()).toBe(seen);
  }, 120_000);

  it('ends where portcullis runs, too', { timeout: 60_000 }, async () => {
    const { connections } = await counted();
    const data = await dataDir();
    const running = await up(data, ['--targets', OTHER, '--ports', '9', '--cadence', '1h']);
    const { code, err } = await interrupted(data, connections, 'SIGINT');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/\nportcullis: stopped: [1-8] of 9 shards /) });
    await sleep(WAIT_MS);
    const seen = connections();
    await sleep(WAIT_MS);
    expect(connections()).toBe(seen);
    const run = (await runs(running)).find(({ taskId }) => taskId === 'scan');
    expect(run).toMatchObject({ shards: 9, stopped: expect.stringMatching(/^stopped by /) });
    expect(run?.complete).toBeLessThan(9);
  });
});

describeWith(['private network'], 'portcullis that was stopped in a sweep', () => {
  it.each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])(
    'by %s leaves it to the next up: no other command sends a packet of it',
    { timeout: 120_000 },
    async (signal) => {
      const { connections } = await counted();
      const data = await dataDir();
      const args = ['--targets', ADDRESS, '--ports', SPEC, '--cadence', '1h'];
      const first = await up(data, [...args, '--rate', '30']);
      await eventually(
        async () => (connections() > 0 ? true : undefined),
        20_000,
        () => first.err,
      );
      await (signal === 'SIGKILL' ? first.kill() : first.stop());
      const seen = connections();
      for (const read of READING) await verb(data, ...read);
      expect((await verb(data, 'scan', OTHER, '--ports', '9')).code).toBe(0);
      expect(connections()).toBe(seen);

      const second = await up(data, args);
      await eventually(
        async () =>
          (await runs(second)).some(({ complete, shards }) => shards > 1 && complete === shards) ? true : undefined,
        30_000,
        () => second.err,
      );
      expect(connections()).toBeGreaterThan(seen);
    },
  );
});

describeWith(['private network'], 'a scan during which the kill switch is set', () => {
  it('ends, says why with 1, and does not go on when it is off again', { timeout: 60_000 }, async () => {
    const { connections } = await counted();
    const data = await dataDir();
    const ending = verb(data, ...SLOW);
    await eventually(
      async () => (connections() > 0 ? true : undefined),
      20_000,
      () => 'nobody connected',
    );
    await writeFile(join(data, 'kill-switch'), 'drill\n');
    const { code, err } = await ending;
    expect(code).toBe(1);
    expect(err).toMatch(
      /\nthe scan ended early, the kill switch is on \(drill\): [0-8] of 9 shards scanned in full; what was seen is kept, the rest is not scanned\n/,
    );
    const seen = connections();
    expect(seen).toBeLessThan(OPEN.length);
    await rm(join(data, 'kill-switch'));
    expect((await verb(data, 'scan', OTHER, '--ports', '9')).code).toBe(0);
    expect(connections()).toBe(seen);
  });
});
