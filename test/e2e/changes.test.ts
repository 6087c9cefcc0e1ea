import { removeTable } from './support/remove-table.ts';
import { execFileSync } from 'node:child_process';
import { chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Approval } from '../../core/approvals/approval.ts';
import type { Plan } from '../../core/remediation/plan.ts';
import { describeWith } from '../support/need.ts';
import { eventually, type RunningPortcullis, runVerb, tryConnect } from './support/portcullis.ts';
import { ADDRESS, cleanups, dataDir, findingWhere, open, told, up } from './support/scene.ts';

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
      code: 1,
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
