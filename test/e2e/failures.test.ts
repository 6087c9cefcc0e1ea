import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { describeWith } from '../support/need.ts';
import { eventually, type RunningPortcullis, runVerb } from './support/portcullis.ts';
import { ADDRESS, cleanups, dataDir, findings, open, runs, told, up } from './support/scene.ts';

describeWith(['root', 'private network'], 'a disk that fills up while portcullis runs', () => {
  it('is told in one line, ends nothing, and what happened meanwhile is told once there is room', async () => {
    const data = await dataDir();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'portcullis-test', data]);
    cleanups.push(async () => execFileSync('umount', ['--lazy', data]));
    await open(8080);
    const running = await up(data, ['--targets', ADDRESS, '--cadence', '1s', '--ports', '6000-6009,8080']);
    await told(running, 8080);

    const ballast = join(data, 'ballast');
    await writeFile(ballast, Buffer.alloc(16 << 20)).catch(() => undefined);
    for (let port = 6000; port < 6010; port += 1) await open(port);
    await eventually(
      async () => (running.err.includes('is full') ? true : undefined),
      10_000,
      () => running.err,
    );
    await sleep(5_000);
    expect(running.process.exitCode).toBeNull();
    expect(running.err.split('\n').filter((line) => /full|space/i.test(line))).toEqual([
      `the disk of ${data} is full: nothing new can be recorded; make room, and everything goes on by itself`,
    ]);
    expect(running.err.split('\n').length).toBeLessThan(10);

    await rm(ballast);
    for (let port = 6000; port < 6010; port += 1) await told(running, port);
    expect((await told(running, 8080)).status).toBe('open');
    expect(await running.stop()).toBe(0);

    await writeFile(ballast, Buffer.alloc(16 << 20)).catch(() => undefined);
    const line = `portcullis: cannot use the data directory ${data}: the disk is full; give a directory that this user can write\n`;
    for (const verb of ['findings', 'up']) {
      expect(await runVerb(['--data', data, verb], { cwd: '/' })).toEqual({ code: 2, out: '', err: line });
    }
    expect(await readdir(data)).not.toContain('lock.json');
    await rm(ballast);
    const { out } = await runVerb(['--data', data, '--json', 'findings'], { cwd: '/' });
    expect(out.trim().split('\n')).toHaveLength(11);
  }, 90_000);
});

describeWith(['faketime', 'private network'], 'a clock that jumps', () => {
  const library = execFileSync('sh', ['-c', 'ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null || true'], {
    encoding: 'utf8',
  }).trim();

  it('back or forward, while it runs or across a restart, delays no alert and makes no time go back', async () => {
    const data = await dataDir();
    const offset = join(data, 'offset');
    const jump = (by: string) => writeFile(offset, by);
    await jump('+0');
    const env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    const args = ['--targets', ADDRESS, '--cadence', '1s', '--ports', '6000-6009'];
    const times: string[] = [];
    const jumps = ['+0', '-3600', '+86400', '+0'];
    let running = await up(data, args, { env });
    for (const [i, by] of jumps.entries()) {
      await jump(by);
      await open(6000 + i);
      times.push((await told(running, 6000 + i)).openedAt);
    }
    expect(running.err.match(/the clock went back by (3600|86400) s/g)).toHaveLength(2);
    expect(await running.stop()).toBe(0);
    running = await up(data, args, { env });
    await open(6004);
    times.push((await told(running, 6004)).openedAt);
    expect(times).toEqual([...times].sort());
    expect(running.err.match(/the clock went back by/g)).toHaveLength(1);
    expect(await running.stop()).toBe(0);
  }, 120_000);
});

describeWith(['private network'], 'a process that ends in the middle of a sweep', () => {
  const ALL = ['--targets', ADDRESS, '--cadence', '1h', '--ports', 'all', '--rate', '3000'];

  /** A sweep of 65,535 ports of which some shards are done, and some are not. */
  async function inTheMiddle(data: string): Promise<RunningPortcullis> {
    const running = await up(data, ALL);
    await eventually(
      async () =>
        (await runs(running)).find(({ shards, complete }) => shards > 100 && complete > 3 && complete < shards),
      20_000,
      () => running.err,
    );
    return running;
  }

  /** Every shard of every sweep ends, scanned in full. */
  async function everySweepIsDone(running: RunningPortcullis): Promise<void> {
    await eventually(
      async () => {
        const sweeps = (await runs(running)).filter((run) => run.shards > 100);
        return sweeps.length > 0 && sweeps.every((run) => run.complete === run.shards) ? true : undefined;
      },
      60_000,
      () => running.err,
    );
  }

  const FAST = [...ALL.slice(0, -1), '50000'];

  it('by TERM stops within seconds with 0, and the next one does the rest', async () => {
    const data = await dataDir();
    const running = await inTheMiddle(data);
    const asked = performance.now();
    expect(await running.stop()).toBe(0);
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect(running.err).toContain('stopping: unfinished work goes back to the queue\n');
    expect(await readdir(data)).not.toContain('lock.json');
    await everySweepIsDone(await up(data, FAST));
  }, 120_000);

  it('by kill -9 leaves its shards to the next one, which does the rest', async () => {
    const data = await dataDir();
    await (await inTheMiddle(data)).kill();
    expect(await readdir(data)).toContain('lock.json');
    await everySweepIsDone(await up(data, FAST));
  }, 120_000);

  it('by Ctrl-C twice, at once or while it stops, ends and loses nothing', async () => {
    const data = await dataDir();
    for (const pauseMs of [0, 1_100]) {
      const running = await inTheMiddle(data);
      const exited = once(running.process, 'exit');
      running.process.kill('SIGINT');
      await sleep(pauseMs);
      running.process.kill('SIGINT');
      expect((await exited)[0]).toBe(0);
    }
    await everySweepIsDone(await up(data, FAST));
  }, 180_000);
});

describeWith(['private network'], 'a scan that is interrupted', () => {
  it('does not scan on, and gives the data directory back', async () => {
    const data = await dataDir();
    const args = ['--data', data, 'scan', '127.9.0.0/24', '--ports', 'all'];
    const { code, out, err } = await runVerb(args, { cwd: '/', interruptAt: 'scanning 256 addresses' });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /\nportcullis: stopped: [\d,]+ of 8,192 shards scanned in full; what was seen is kept, the rest is not scanned\n$/,
    );
    expect(await readdir(data)).not.toContain('lock.json');
    const tasks = await runVerb(['--data', data, '--json', 'tasks'], { cwd: '/' });
    const [run] = (JSON.parse(tasks.out) as { runs: { complete: number; shards: number }[] }).runs;
    expect(run?.complete).toBeLessThan(run?.shards ?? 0);
  }, 60_000);
});

describeWith(['private network'], 'hundreds of ports that open at once', () => {
  it('are all told, in alerts that fit a message', async () => {
    const data = await dataDir();
    const ports = Array.from({ length: 450 }, (_, i) => 20_000 + i);
    const running = await up(data, ['--targets', ADDRESS, '--cadence', '2s', '--ports', '20000-20449']);
    await eventually(
      async () => (await runs(running)).find(({ taskId, finishedAt }) => taskId === '2' && finishedAt !== null),
      20_000,
      () => running.err,
    );
    await Promise.all(ports.map((port) => open(port)));
    await eventually(
      async () =>
        (await findings(running)).filter(({ alertedAt }) => alertedAt !== null).length === 450 ? true : undefined,
      60_000,
      () => running.err,
    );
    const text = await readFile(join(data, 'alerts.jsonl'), 'utf8');
    for (const line of text.trim().split('\n')) expect(Buffer.byteLength(line)).toBeLessThan(262_144);
    expect(running.err).toBe('');
    expect(await running.stop()).toBe(0);
  }, 120_000);
});
