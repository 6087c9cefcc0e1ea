import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { NODE_FLAGS } from '../../../local/bootstrap/node-flags.mjs';
import { describeWith } from '../../support/need.ts';
import { aLinkLab } from '../../support/scanner/link-lab.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'local', 'main.ts');
const WITHOUT_NET_RAW = ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'];

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what} did not happen within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describeWith(['root', 'ip'], 'a watch whose link is cut', () => {
  it.each([
    ['by SYN', []],
    ['by connections', WITHOUT_NET_RAW],
  ])(
    'says so once, closes nothing, and says when it is back (%s)',
    async (_, before) => {
      const lab = aLinkLab();
      await lab.listen([6_379]);
      const data = await mkdtemp(join(tmpdir(), 'portcullis-test-'));
      onTestFinished(() => rm(data, { recursive: true, force: true }));
      const portcullis = [...before, process.execPath, ...NODE_FLAGS, MAIN, '--data', data];
      const up = [...portcullis, 'up', '--targets', '10.209.2.2', '--cadence', '2s', '--listen', '127.0.0.1:0'];
      const started = await lab.scanner(['sh', '-c', 'cd "$0"; "$@" > out 2> err & echo $!', data, ...up]);
      onTestFinished(async () => {
        const pid = Number(started);
        process.kill(pid);
        await until('the end', async () => !isAlive(pid));
      });
      const said = (file: string, what: string): Promise<boolean> =>
        readFile(join(data, file), 'utf8').then(
          (text) => text.includes(what),
          () => false,
        );
      await until('the first look', () => said('out', '10.209.2.2:6379'));

      await lab.target(['ip', 'link', 'set', 'veth0', 'down']);
      await until('a word about it', () => said('err', 'addresses cannot be reached from here'));
      expect(await said('err', 'the network interface is down')).toBe(true);
      const explained = await lab.scanner([...portcullis, 'explain', '10.209.2.2:6379']);
      expect(explained).not.toContain('stopped answering');

      await lab.target(['ip', 'link', 'set', 'veth0', 'up']);
      await until('a word about its end', () => said('err', 'addresses are reached again'));
      const [finding] = (await lab.scanner([...portcullis, 'findings', '--json'])).split('\n');
      expect(JSON.parse(finding ?? '')).toMatchObject({ address: '10.209.2.2', port: 6_379, status: 'open' });
      expect((await readFile(join(data, 'err'), 'utf8')).split('addresses cannot be reached').length - 1).toBe(1);
    },
    150_000,
  );
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
