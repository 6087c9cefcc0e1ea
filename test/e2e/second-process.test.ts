import { readdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/need.ts';
import { close, listen, RunningPortcullis, runVerb, temporaryDataDir } from './support/portcullis.ts';

/** The directory that the commands run in. */
let work: { path: string; remove: () => Promise<void> };

beforeAll(async () => {
  work = await temporaryDataDir();
});
afterAll(() => work.remove());

const UP = ['--targets', '127.0.0.1', '--listen', '127.0.0.1:0'];

describeWith(['private network'], 'next to a running portcullis', () => {
  let running: RunningPortcullis;
  let data: { path: string; remove: () => Promise<void> };

  beforeAll(async () => {
    data = await temporaryDataDir();
    running = await RunningPortcullis.start({
      dataDir: data.path,
      args: ['--targets', '127.7.7.9', '--ports', '6379'],
    });
  });
  afterAll(async () => {
    await running.stop();
    await data.remove();
  });

  it('a second one is told which process runs and where, and ends with 1', async () => {
    const lock = await readFile(join(data.path, 'lock.json'), 'utf8');
    expect(await runVerb(['--data', data.path, 'up', ...UP], { cwd: work.path })).toEqual({
      code: 1,
      out: '',
      err: `portcullis: already running, pid ${running.process.pid}, at ${running.url}\n`,
    });
    expect(await readFile(join(data.path, 'lock.json'), 'utf8')).toBe(lock);
  });

  it('a second one on a directory of its own is told that the port is taken, and gives the directory back', async () => {
    const own = join(work.path, 'own');
    const { host, port } = new URL(running.url);
    expect(
      await runVerb(['--data', own, 'up', '--targets', '127.0.0.1', '--listen', host], { cwd: work.path }),
    ).toEqual({
      code: 2,
      out: '',
      err: `portcullis: listen: 127.0.0.1:${port} is in use by another program: give another port with --listen 127.0.0.1:PORT, or 0 for a free one.\n`,
    });
    expect(await readdir(own)).not.toContain('lock.json');
  });

  it('a scan of nothing but its own port says that nothing is left', async () => {
    const { port } = new URL(running.url);
    expect(await runVerb(['--data', data.path, 'scan', '127.0.0.1', '--ports', port], { cwd: work.path })).toEqual({
      code: 2,
      out: '',
      err: 'portcullis: No port is left: every one that was named of 127.0.0.1 is excluded.\n',
    });
  });

  it.each<[what: string, headers: Record<string, string>, status: number, code: string]>([
    ['no token', {}, 401, 'UNAUTHORIZED'],
    ['a wrong token', { authorization: 'Bearer wrong' }, 401, 'UNAUTHORIZED'],
    ['the Host of somebody else', { host: 'evil.example' }, 421, 'WRONG_HOST'],
    ['the Origin of somebody else', { origin: 'http://evil.example' }, 403, 'WRONG_ORIGIN'],
  ])('a request with %s changes nothing', async (_, headers, status, code) => {
    expect(await post(`${running.url}/api/scans`, headers)).toMatchObject({ status, body: { error: { code } } });
  });

  it.each<[args: string[], line: string]>([
    [['plan', 'f-none'], 'There is no finding f-none.'],
    [['remediate', 'f-none', '--yes'], 'There is no finding f-none.'],
    [['approvals', 'show', 'a-none'], 'There is no approval a-none.'],
    [['approvals', 'approve', 'a-none'], 'There is no approval a-none.'],
    [['rollback', 'p-none'], 'There is no plan p-none.'],
    [['whitelist', 'approve', 'w-none'], 'There is no whitelist entry w-none.'],
  ])('%j ends with 1 and names what is not there', async (args, line) => {
    expect(await runVerb(['--data', data.path, ...args], { cwd: work.path })).toEqual({
      code: 1,
      out: '',
      err: `portcullis: ${line}\n`,
    });
  });

  it('every verb prints lines that parse with --json', async () => {
    const server = await listen('127.7.7.9', 6379);
    try {
      const verbs = [
        ['scan', '127.7.7.9', '--ports', '6379'],
        ['findings'],
        ['changes'],
        ['fingerprints'],
        ['assets'],
        ['tasks'],
        ['explain', '127.7.7.9:6379'],
        ['explain', '127.7.7.9'],
        ['whitelist', 'add', '127.7.7.9', '--ports', '6379', '--reason', 'test'],
        ['whitelist', 'list'],
        ['approvals', 'list'],
        ['export'],
        ['doctor'],
      ];
      for (const verb of verbs) {
        const { code, out } = await runVerb(['--data', data.path, '--json', ...verb], { cwd: work.path });
        expect([verb, code]).toEqual([verb, 0]);
        for (const line of out.split('\n').slice(0, -1))
          expect([verb, typeof JSON.parse(line)]).toEqual([verb, 'object']);
      }
    } finally {
      await close(server);
    }
  }, 60_000);
});

it('three verbs at once on one data directory wait for one another', { timeout: 60_000 }, async () => {
  const data = join(work.path, 'shared');
  const verbs = [['findings'], ['changes'], ['scan', '127.0.0.1', '--ports', '1', '--json']];
  const ended = await Promise.all(verbs.map((verb) => runVerb(['--data', data, ...verb], { cwd: work.path })));
  expect(ended.map(({ code, err }) => [code, /portcullis:/.test(err)])).toEqual(verbs.map(() => [0, false]));
});

it('open ports that were exported and imported elsewhere are the same findings', { timeout: 60_000 }, async () => {
  const [here, there] = [join(work.path, 'here'), join(work.path, 'there')];
  const portcullis = (data: string, ...args: string[]) => runVerb(['--data', data, ...args], { cwd: work.path });
  await writeFile(join(work.path, 'round'), '127.7.7.9:22,80,6379\n127.7.7.10:443\n');
  await portcullis(here, 'import', 'round');
  const exported = JSON.parse((await portcullis(here, 'export')).out) as {
    address: string;
    port: number;
    id: string;
  }[];
  expect(exported).toHaveLength(4);
  await writeFile(join(work.path, 'again'), exported.map(({ address, port }) => `${address}:${port}\n`).join(''));
  await portcullis(there, 'import', 'again');
  const copied = JSON.parse((await portcullis(there, 'export')).out) as { id: string }[];
  expect(copied.map(({ id }) => id).sort()).toEqual(exported.map(({ id }) => id).sort());
});

describeWith(['private network'], 'what another scanner saw of targets that nothing has watched yet', () => {
  it('is taken, and stays the same finding when they are watched', { timeout: 60_000 }, async () => {
    const data = join(work.path, 'before-up');
    const targets = ['--config', join(work.path, 'before-up.yaml')];
    await writeFile(join(work.path, 'before-up.yaml'), 'targets: [127.7.7.9]\nports: [6379]\n');
    const seconds = Math.floor(Date.now() / 1_000);
    const host = (address: string) =>
      `<host endtime="${seconds}"><address addr="${address}" addrtype="ipv4"/><ports><port protocol="tcp" portid="6379"><state state="open"/></port></ports></host>`;
    await writeFile(
      join(work.path, 'before-up.xml'),
      `<nmaprun scanner="nmap" version="7.93"><scaninfo type="connect" protocol="tcp" services="6379"/>${host('127.7.7.9')}${host('127.7.7.10')}</nmaprun>`,
    );
    const server = await listen('127.7.7.9', 6379);
    const findings = async () => {
      const { out } = await runVerb(['--data', data, ...targets, 'export'], { cwd: work.path });
      return (JSON.parse(out) as { id: string; address: string; occurrence: number }[]).map(
        ({ id, address, occurrence }) => ({ id, address, occurrence }),
      );
    };
    try {
      const { out, code } = await runVerb(['--data', data, ...targets, 'import', 'before-up.xml'], { cwd: work.path });
      expect([code, out]).toEqual([
        0,
        'Imported 1 open port of 1 address, seen by nmap 7.93 (nmap-xml).\nRefused 127.7.7.10: it is not watched.\nWatched are the addresses under targets, and those that were scanned once.\n',
      ]);
      const before = await findings();
      expect(before).toMatchObject([{ address: '127.7.7.9', occurrence: 1 }]);
      const running = await RunningPortcullis.start({ dataDir: data, args: targets });
      try {
        await running.waitForOutput(/^1 open port on 1 address/m);
      } finally {
        await running.stop();
      }
      expect(await findings()).toEqual(before);
    } finally {
      await close(server);
    }
  });
});

/** Headers as given, Host and Origin too, which `fetch` sets itself. */
function post(url: string, headers: Record<string, string>): Promise<{ status: number | undefined; body: unknown }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } });
    asked.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) as unknown }));
    });
    asked.end('{}');
  });
}
