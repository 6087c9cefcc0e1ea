import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readLock } from '../../../local/cloud/data-directory.ts';
import { makeRealCheckout } from '../../support/cli/checkout.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const run = promisify(execFile);

async function portcullis(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const root = await makeRealCheckout();
  try {
    const { stdout, stderr } = await run(process.execPath, [join(root, 'local', 'portcullis.mjs'), ...args], {
      cwd: root,
    });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

describe('the real program, through its launcher', () => {
  it('prints its help on stdout', async () => {
    const { code, out, err } = await portcullis('--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Usage: portcullis \[options\] \[command\]\n/);
  });

  it('ends with 2 and the nearest flag for an unknown one', async () => {
    expect(await portcullis('up', '--tragets', '127.0.0.1')).toEqual({
      code: 2,
      out: '',
      err: "portcullis: unknown option '--tragets' (Did you mean --targets?)\n",
    });
  });

  it('ends with 2 and every line of a bad configuration', async () => {
    const file = join(await temporaryDirectory(), 'p.yaml');
    await writeFile(file, 'rate: fast\nmode: auto\n');
    expect(await portcullis('up', '--config', file)).toEqual({
      code: 2,
      out: '',
      err: [
        `portcullis: ${file}:1: rate: "fast" is not a number: write probes a second, 1 to 100000`,
        `portcullis: ${file}:2: mode: "auto" needs the patterns that may be closed without asking: write auto: [{ match: 192.0.2.0/28, ports: [22, 3389] }] into the configuration, or mode: approve`,
        '',
      ].join('\n'),
    });
  });
});

describe('up', () => {
  it('does not outlive its launcher: after kill -9 of that the data directory is free', async () => {
    const data = join(await temporaryDirectory(), 'data');
    const root = await makeRealCheckout();
    const args = ['up', '--data', data, '--targets', '127.0.0.1', '--ports', '9', '--listen', '127.0.0.1:0'];
    const start = () => spawn(process.execPath, [join(root, 'local', 'portcullis.mjs'), ...args], { cwd: root });
    const first = start();
    expect(await firstLine(first)).toMatch(/^ready http/);
    first.kill('SIGKILL');
    await expect.poll(() => readLock(data), { timeout: 10_000 }).toBeNull();
    const second = start();
    expect(await firstLine(second)).toMatch(/^ready http/);
    second.kill('SIGTERM');
    expect(await once(second, 'exit')).toEqual([0, null]);
  });
});

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    return String(chunk).split('\n')[0] ?? '';
  }
  return '';
}

describe('doctor', () => {
  it('says of everything whether it works, as lines or as JSON', async () => {
    const data = join(await temporaryDirectory(), 'data');
    const { code, out } = await portcullis('doctor', '--json', '--data', data);
    expect(code).toBe(0);
    const checks = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; health: string; found: string });
    expect(checks.map(({ name }) => name)).toEqual([
      'node',
      'data directory',
      'disk',
      'running',
      'kill switch',
      'scan engine',
      'masscan',
      'nmap',
      'TCP answers',
      'ICMP echo',
      'ICMP timestamp',
      'ARP',
      'NDP',
      'UDP answers',
      'UDP refusals',
      'firewall',
      'namespaces',
      'open files',
      'clock',
    ]);
    expect(checks.slice(0, 2)).toEqual([
      { name: 'node', health: 'ok', found: process.versions.node, advice: null },
      { name: 'data directory', health: 'ok', found: `${data} will be made`, advice: null },
    ]);
  });

  it('warns of the kill switch with what to do about it, and still ends with 0', async () => {
    const data = await temporaryDirectory();
    await writeFile(join(data, 'kill-switch'), 'maintenance\n');
    const { code, out } = await portcullis('doctor', '--data', data);
    expect(code).toBe(0);
    expect(out).toContain(
      `warn  kill switch     on: maintenance\n${' '.repeat(22)}-> remove ${data}/kill-switch to go on\n`,
    );
  });

  it('ends with 1 when the data directory is a file, its lock is damaged, or the kill switch cannot be read', async () => {
    const data = await temporaryDirectory();
    const file = join(data, 'file');
    await writeFile(file, '');
    const first = await portcullis('doctor', '--data', file);
    expect(first.code).toBe(1);
    expect(first.out).toContain(`fail  data directory  ${file} is not a directory`);

    await writeFile(join(data, 'lock.json'), '{');
    await mkdir(join(data, 'kill-switch'));
    const second = await portcullis('doctor', '--data', data);
    expect(second.code).toBe(1);
    expect(second.out).toMatch(/^fail {2}running {9}.*lock\.json is damaged/m);
    expect(second.out).toMatch(/^fail {2}kill switch {5}.*cannot be read/m);
  });
});
