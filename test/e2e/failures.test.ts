import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { Approval } from '../../core/approvals/approval.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { TaskRun } from '../../core/planning/task-run.ts';
import type { Plan } from '../../core/remediation/plan.ts';
import { describeWith } from '../support/need.ts';
import {
  close,
  eventually,
  listen,
  RunningPortcullis,
  runVerb,
  temporaryDataDir,
  tryConnect,
  type UpOptions,
} from './support/portcullis.ts';

const ADDRESS = '127.7.7.9';
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function dataDir(): Promise<string> {
  const data = await temporaryDataDir();
  cleanups.push(data.remove);
  return data.path;
}

async function open(port: number, address = ADDRESS): Promise<Server> {
  const server = await listen(address, port);
  cleanups.push(async () => server.listening && close(server));
  return server;
}

async function up(dataDirectory: string, args: readonly string[], more: Partial<UpOptions> = {}) {
  const running = await RunningPortcullis.start({ dataDir: dataDirectory, args, ...more });
  cleanups.push(() => running.kill());
  return running;
}

const findings = (running: RunningPortcullis) => running.get<Finding[]>('/api/findings');

async function findingWhere(running: RunningPortcullis, is: (finding: Finding) => boolean): Promise<Finding> {
  return eventually(
    async () => (await findings(running)).find(is),
    30_000,
    () => running.err,
  );
}

const told = (running: RunningPortcullis, port: number, address = ADDRESS) =>
  findingWhere(
    running,
    (finding) => finding.address === address && finding.port === port && finding.alertedAt !== null,
  );

async function runs(running: RunningPortcullis): Promise<TaskRun[]> {
  return (await running.get<{ runs: TaskRun[] }>('/api/tasks')).runs;
}

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
      times.push((await told(running, 6000 + i)).openedAt as string);
    }
    expect(running.err.match(/the clock went back by (3600|86400) s/g)).toHaveLength(2);
    expect(await running.stop()).toBe(0);
    running = await up(data, args, { env });
    await open(6004);
    times.push((await told(running, 6004)).openedAt as string);
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
        (await runs(running)).find(({ shards, complete }) => shards > 100 && complete.length > 3 && complete.length < shards),
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
        return sweeps.length > 0 && sweeps.every((run) => run.complete.length === run.shards) ? true : undefined;
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

describeWith(['root', 'nft', 'private network'], 'a firewall that this process cannot change', () => {
  const hidden = ['unshare', '--mount', '--', 'sh', '-c', 'mount -t tmpfs none /usr/sbin && exec "$@"', 'sh'];
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

  it.each([
    ['nft is not installed', hidden, 'approve', 'nft is not installed: install the package nftables'],
    ['it is not root', nobody, 'approve', 'this process may not change nftables: start it as root'],
    ['the mode is propose', [], 'propose', 'Portcullis runs in mode propose'],
  ])(
    'because %s: the plan shows the command, and after a person ran it the closure is verified',
    async (_, through, mode, why) => {
      const data = await dataDir();
      if (through === nobody) await chown(data, 65_534, 65_534);
      await open(6379);
      await open(8080);
      const args = ['--targets', ADDRESS, '--cadence', '1s', '--mode', mode, '--ports', '6379,8080'];
      const running = await up(data, args, { through });
      const finding = await told(running, 6379);
      const shown = await runVerb(['--data', data, 'plan', finding.id], { cwd: '/' });
      expect(shown.code).toBe(0);
      expect(shown.out).toMatch(/^ {2}by hand {5}nft '.*\{ 127\.7\.7\.9 \. tcp \. 6379 \}'$/m);
      const { plan, approval } = await running.post<{ plan: Plan; approval: Approval }>(
        `/api/findings/${finding.id}/plan`,
      );
      expect(await runVerb(['--data', data, 'approvals', 'approve', approval.id], { cwd: '/' })).toMatchObject({
        code: 0,
      });
      const waiting = await planWhere(running, plan.id, ({ state }) => state === 'manual');
      expect(waiting.note).toContain(why);
      expect(await tryConnect(ADDRESS, 6379)).toBe('open');

      execFileSync('sh', ['-c', waiting.body.commands.join('\n')]);
      cleanups.push(removeTable);
      await planWhere(running, plan.id, ({ state }) => state === 'verified');
      expect(await tryConnect(ADDRESS, 6379)).toBe('ECONNREFUSED');
      expect(await tryConnect(ADDRESS, 8080)).toBe('open');
      expect(await running.stop()).toBe(0);
    },
    120_000,
  );

  it('in mode observe nothing can be approved, and the plan still shows the command', async () => {
    const data = await dataDir();
    await open(6379);
    const running = await up(data, ['--targets', ADDRESS, '--cadence', '1s', '--ports', '6379']);
    const { id, approvalId } = await told(running, 6379);
    expect(approvalId).toBeNull();
    expect((await runVerb(['--data', data, 'plan', id], { cwd: '/' })).out).toContain('{ 127.7.7.9 . tcp . 6379 }');
    const [approval] = await running.get<Approval[]>('/api/approvals');
    expect(await runVerb(['--data', data, 'approvals', 'approve', approval?.id ?? ''], { cwd: '/' })).toEqual({
      code: 1,
      out: '',
      err: 'portcullis: Portcullis runs in mode observe, where nothing may be changed. Set mode: propose or mode: approve to approve this.\n',
    });
    expect(await tryConnect(ADDRESS, 6379)).toBe('open');
    expect(await running.stop()).toBe(0);
  }, 60_000);
});

async function planWhere(running: RunningPortcullis, id: string, is: (plan: Plan) => boolean): Promise<Plan> {
  return eventually(
    async () => {
      const plan = await running.get<Plan>(`/api/plans/${id}`);
      return is(plan) ? plan : undefined;
    },
    60_000,
    () => running.err,
  );
}

async function removeTable(): Promise<void> {
  execFileSync('sh', ['-c', 'nft delete table inet portcullis 2>/dev/null || true']);
}

describeWith(['root', 'nft', 'private network'], 'an approval', () => {
  const PORTS = '3306,5432,6379,8080,9200';
  const FAST = ['--cadence', '1s', '--mode', 'approve', '--ports', PORTS];

  async function approvalOf(running: RunningPortcullis, port: number, address = ADDRESS): Promise<Approval> {
    const { approvalId } = await told(running, port, address);
    return running.get<Approval>(`/api/approvals/${approvalId}`);
  }

  async function outcomeOf(running: RunningPortcullis, id: string): Promise<Approval> {
    return eventually(
      async () => {
        const approval = await running.get<Approval>(`/api/approvals/${id}`);
        return approval.state === 'done' || approval.state === 'failed' ? approval : undefined;
      },
      30_000,
      () => running.err,
    );
  }

  it('closes what it must, and nothing that is protected, whitelisted by now, or under the kill switch', async () => {
    const data = await dataDir();
    cleanups.push(removeTable);
    for (const port of PORTS.split(',')) await open(Number(port));
    const running = await up(data, ['--targets', ADDRESS, ...FAST, '--protect', `${ADDRESS}:3306`]);
    const verb = (...args: string[]) => runVerb(['--data', data, ...args], { cwd: '/' });

    const kept = await told(running, 3306);
    expect(kept.approvalId).toBeNull();
    expect(await verb('plan', kept.id)).toEqual({
      code: 1,
      out: '',
      err: `portcullis: ${ADDRESS}:3306 is listed under "protect" in the configuration.\n`,
    });

    const allowed = await approvalOf(running, 9200);
    const entry = JSON.parse(
      (await verb('whitelist', 'add', ADDRESS, '--ports', '9200', '--reason', 'x', '--json')).out,
    ) as {
      id: string;
    };
    await verb('whitelist', 'approve', entry.id);
    await verb('approvals', 'approve', allowed.id);
    expect(await outcomeOf(running, allowed.id)).toMatchObject({
      state: 'failed',
      outcome: 'refused: The finding is whitelisted by now, not open.',
    });

    const stopped = await approvalOf(running, 5432);
    await writeFile(join(data, 'kill-switch'), 'maintenance');
    await verb('approvals', 'approve', stopped.id);
    expect(await outcomeOf(running, stopped.id)).toMatchObject({
      state: 'failed',
      outcome: 'refused: The kill switch is on (maintenance).',
    });
    expect(await verb('scan', ADDRESS, '--ports', '22')).toEqual({
      code: 2,
      out: '',
      err: 'portcullis: The kill switch is on (maintenance): nothing is scanned.\n',
    });
    await sleep(4_000);
    const stops = running.err.split('\n').filter((line) => line.includes('the kill switch is on'));
    expect(new Set(stops.map((line) => (JSON.parse(line) as { task: string }).task)).size).toBe(stops.length);
    await rm(join(data, 'kill-switch'));

    const done = await approvalOf(running, 6379);
    await verb('approvals', 'approve', done.id);
    expect((await outcomeOf(running, done.id)).state).toBe('done');
    const answers = await Promise.all(PORTS.split(',').map((port) => tryConnect(ADDRESS, Number(port))));
    expect(answers).toEqual(['open', 'open', 'ECONNREFUSED', 'open', 'open']);
    expect(await running.stop()).toBe(0);
  }, 120_000);

  it('works on IPv6 as on IPv4, and is rolled back once', async () => {
    const data = await dataDir();
    cleanups.push(removeTable);
    await open(6379, '::1');
    await open(8080, '::1');
    const running = await up(data, ['--targets', '::1', ...FAST]);
    const { id } = await approvalOf(running, 6379, '::1');
    expect((await running.waitForOutput(/decide on (\S+):6379: http/))[1]).toBe('[::1]');
    await runVerb(['--data', data, 'approvals', 'approve', id], { cwd: '/' });
    expect((await outcomeOf(running, id)).state).toBe('done');
    expect([await tryConnect('::1', 6379), await tryConnect('::1', 8080)]).toEqual(['ECONNREFUSED', 'open']);
    const { planId } = await findingWhere(running, ({ port }) => port === 6379);
    const rollback = () => runVerb(['--data', data, 'rollback', planId as string], { cwd: '/' });
    expect(await rollback()).toMatchObject({ code: 0 });
    expect(await tryConnect('::1', 6379)).toBe('open');
    expect(await rollback()).toEqual({
      code: 1,
      out: '',
      err: `portcullis: Plan ${planId} is rolled-back: there is nothing to put back.\n`,
    });
    expect(await running.stop()).toBe(0);
  }, 90_000);
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
