import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../support/need.ts';
import { close, listen, RunningPortcullis, runVerb, temporaryDataDir } from './support/portcullis.ts';

/** The directory that the commands run in. */
let work: { path: string; remove: () => Promise<void> };

beforeAll(async () => {
  work = await temporaryDataDir();
});
afterAll(() => work.remove());

const UP = ['--targets', '127.0.0.1', '--listen', '127.0.0.1:0'];

/** Every file below, with what it holds; a lock guard is an empty file that only its lock matters of. */
async function snapshot(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== 'lock.guard');
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path.slice(root.length), await readFile(path, 'latin1')] as const)),
  );
}

const LARGE =
  'at most 65,536 are allowed, 1,048,576 (an IPv4 /12, an IPv6 /108) with --yes-large. Name smaller networks.';
const TARGETS =
  'write an address (192.0.2.3, 2001:db8::10), a network (192.0.2.0/24) or a range (192.0.2.20-192.0.2.35).';
const NO_TARGETS = 'The list of targets is empty: write addresses, networks, ranges, host names, label:NAME or @file.';
const NO_LIST = 'the list is empty: write addresses, networks, ranges, host names or @file, or leave it out';

/** The whole line, or what its beginning must be where the rest is the system's or long. */
const fits = (said: string, line: string | RegExp): boolean =>
  typeof line === 'string' ? said === line : line.test(said);

describe(
  'a command line with a mistake in it prints one line, ends with 2 and makes nothing',
  { timeout: 30_000 },
  () => {
    it.each<[args: string[], line: string | RegExp]>([
      [['up', '--frob'], "unknown option '--frob' (see portcullis --help)"],
      [['up', '--tragets', '127.0.0.1'], "unknown option '--tragets' (Did you mean --targets?)"],
      [['frob'], "unknown command 'frob' (see portcullis --help)"],
      [['findngs'], "unknown command 'findngs' (Did you mean findings?)"],
      [['up', 'stray'], "too many arguments for 'up'. Expected 0 arguments but got 1: stray. (see portcullis --help)"],
      [
        ['up', '--targets', '10.0.0.0/33'],
        '--targets: "10.0.0.0/33" has no valid prefix: IPv4 prefixes are /0 to /32.',
      ],
      [
        ['up', '--targets', '127.0.0.1/28'],
        '--targets: "127.0.0.1/28" is an address inside a network: write 127.0.0.0/28 for the network or 127.0.0.1 for the address.',
      ],
      [['up', '--targets', '127.0.0.999'], `--targets: "127.0.0.999" is not an address: ${TARGETS}`],
      [
        ['up', '--targets', '192.0.2.9-192.0.2.3'],
        '--targets: Address range "192.0.2.9-192.0.2.3" is reversed: write 192.0.2.3-192.0.2.9.',
      ],
      [['up', '--targets', '10.0.0.0/8'], `--targets: 10.0.0.0/8 has 16,777,216 addresses: ${LARGE}`],
      [['up', '--targets', '10.0.0.0/8', '--yes-large'], `--targets: 10.0.0.0/8 has 16,777,216 addresses: ${LARGE}`],
      [
        ['up', '--targets', '10.0.0.0/12'],
        '--targets: 10.0.0.0/12 has 1,048,576 addresses: at most 65,536 (an IPv4 /16, an IPv6 /112) are allowed without --yes-large.',
      ],
      [['scan', '10.0.0.0/8'], `10.0.0.0/8 has 16,777,216 addresses: ${LARGE}`],
      [['up', '--targets', ','], `--targets: ${NO_LIST}`],
      [['up', '--targets', ''], `--targets: ${NO_LIST}`],
      [['up', '--targets', '@empty'], NO_TARGETS],
      [['up', '--targets', '@comment'], NO_TARGETS],
      [['up', '--targets', '@missing'], /^The target file "missing" cannot be read: ENOENT: no such file or directory/],
      [
        ['up', '--targets', 'no-such-host.invalid'],
        /^The host name "no-such-host\.invalid" does not resolve: getaddrinfo E/,
      ],
      [['up', '--targets', '224.0.0.1'], /^224\.0\.0\.1 is never scanned: /],
      [
        ['up', '--targets', '127.0.0.0/30', '--exclude', '127.0.0.0/8'],
        'No target is left: every address of 127.0.0.0/30 is excluded.',
      ],
      [['scan', '@empty'], NO_TARGETS],
      [['scan', '@missing'], /^The target file "missing" cannot be read: ENOENT/],
      [['up', '--ports', '0'], '--ports: Port 0 does not exist: ports are 1 to 65535.'],
      [['up', '--ports', '70000'], '--ports: Port 70000 does not exist: ports are 1 to 65535.'],
      [['up', '--ports', '90-80'], '--ports: Port range 90-80 is reversed: write 80-90.'],
      [['up', '--ports', ','], /^--ports: the list is empty: write ports such as/],
      [['scan', '127.0.0.1', '--ports', '70000'], 'Port 70000 does not exist: ports are 1 to 65535.'],
      [['up', '--rate', '0'], '--rate: 0 is out of range: write probes a second, 1 to 100000'],
      [['up', '--cadence', '0'], '--cadence: "0" is not a duration: write a number and s, m, h or d, 1s to 7d'],
      [['up', '--mode', 'auto'], '--mode: "auto" is not available in this version: write observe, propose or approve'],
      [['up', '--listen', '0.0.0.0:80'], /^--listen: "0\.0\.0\.0:80" is not a loopback address: write 127\.0\.0\.1:80/],
      [
        ['up', '--listen', '127.0.0.1:70000'],
        '--listen: "127.0.0.1:70000" names port 70000: write 1 to 65535, or 0 for any free port',
      ],
      [['up', '--config', 'missing.yaml'], 'cannot read the configuration missing.yaml: there is no such file'],
      [['up', '--config', '.'], 'cannot read the configuration .: EISDIR: illegal operation on a directory, read'],
    ])('%j', async (args, line) => {
      await writeFile(join(work.path, 'empty'), '');
      await writeFile(join(work.path, 'comment'), '# nothing yet\n\n');
      const data = join(work.path, 'not-made');
      const { code, out, err } = await runVerb(['--data', data, ...args], { cwd: work.path });
      const lines = err.split('\n');
      expect({ code, out, lines: lines.length }).toEqual({ code: 2, out: '', lines: 2 });
      expect(lines[0]).toMatch(/^portcullis: /);
      const said = (lines[0] as string).slice('portcullis: '.length);
      expect({ said, fits: fits(said, line) }).toEqual({ said, fits: true });
      await expect(readdir(data)).rejects.toThrow('ENOENT');
    });
  },
);

describe('a configuration with mistakes prints a line for each and ends with 2', { timeout: 30_000 }, () => {
  const KEYS =
    'the keys are targets, exclude, ports, cadence, rate, mode, listen, owners, protect, alertWindow, approvalTtl, yesLarge.';
  it.each<[yaml: string, lines: string[]]>([
    ['targets: [127.0.0.1\n', [expect.stringMatching(/^p\.yaml:\d+:\d+: not YAML: /)]],
    ['rates: 7\n', [`p.yaml:1: rates: there is no such key: ${KEYS} Did you mean "rate"?`]],
    ['mode: observe\nmode: propose\n', ['p.yaml:2:1: this key stands here a second time: write it once']],
    [
      'rate: fast\nports: {a: 1}\nyesLarge: maybe\nmode: auto\nlisten: 8.8.8.8:1\n',
      [
        'p.yaml:1: rate: "fast" is not a number: write probes a second, 1 to 100000',
        expect.stringMatching(/^p\.yaml:2: ports: \{"a":1\} is not a list: write ports such as/),
        expect.stringMatching(/^p\.yaml:3: yesLarge: "maybe" is not true or false/),
        'p.yaml:4: mode: "auto" is not available in this version: write observe, propose or approve',
        expect.stringMatching(/^p\.yaml:5: listen: "8\.8\.8\.8:1" is not a loopback address/),
      ],
    ],
    ['- a\n', ['p.yaml:1: the file must hold keys, such as "mode: observe"']],
  ])('%j', async (yaml, lines) => {
    await writeFile(join(work.path, 'p.yaml'), yaml);
    const data = join(work.path, 'not-made');
    const { code, out, err } = await runVerb(['--data', data, '--config', 'p.yaml', 'up'], { cwd: work.path });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(
      err
        .trimEnd()
        .split('\n')
        .map((line) => line.replace('portcullis: ', '')),
    ).toEqual(lines);
    await expect(readdir(data)).rejects.toThrow('ENOENT');
  });
});

describe('a data directory that cannot be used', { timeout: 60_000 }, () => {
  const good = () => join(work.path, 'good');
  const bad = () => join(work.path, 'bad');

  beforeAll(async () => {
    await writeFile(join(work.path, 'ports'), '127.7.7.9:22,80\n');
    expect((await runVerb(['--data', good(), 'import', 'ports'], { cwd: work.path })).code).toBe(0);
  });

  const garbage = (name: string) => async (root: string) => writeFile(join(root, name), '{"');
  const inAll = (folder: string) => async (root: string) => {
    for (const name of await readdir(join(root, folder))) await writeFile(join(root, folder, name), 'x'.repeat(9_000));
  };
  const directory = (name: string) => async (root: string) => {
    await rm(join(root, name), { force: true });
    await mkdir(join(root, name));
  };
  const LOST =
    'is damaged: restore it from a backup, or move the directory away to start empty (what was found and decided so far is lost)';
  const SECRET =
    'is damaged: it must hold 43 base64url characters; delete it and a new one is made (what was signed or allowed with it stops working)';

  it.each<[what: string, harm: (root: string) => Promise<unknown>, line: string]>([
    [
      'lock.json',
      garbage('lock.json'),
      'BAD/lock.json is damaged: make sure that no portcullis runs on this data directory, then delete the file',
    ],
    [
      'an empty lock.json',
      (root) => writeFile(join(root, 'lock.json'), ''),
      'BAD/lock.json is damaged: make sure that no portcullis runs on this data directory, then delete the file',
    ],
    ['lock.json a directory', directory('lock.json'), 'cannot read BAD/lock.json: it is a directory'],
    [
      'lock.guard',
      garbage('lock.guard'),
      'BAD/lock.guard is damaged (file is not a database): make sure that no portcullis runs on this data directory, then delete it',
    ],
    [
      'lock.guard a directory',
      directory('lock.guard'),
      'BAD/lock.guard is damaged (unable to open database file): make sure that no portcullis runs on this data directory, then delete it',
    ],
    [
      'version.json',
      garbage('version.json'),
      'BAD/version.json is damaged: it must hold {"schema":1}; restore the data directory from a backup, or move it away to start empty',
    ],
    [
      'a newer version.json',
      (root) => writeFile(join(root, 'version.json'), '{"schema":2}\n'),
      'BAD/version.json says schema 2, this program knows up to 1: run the newer portcullis that wrote it, or give another data directory',
    ],
    ['api-token', garbage('api-token'), `BAD/api-token ${SECRET}`],
    ['api-token a directory', directory('api-token'), 'cannot read BAD/api-token: it is a directory'],
    ['link-key', garbage('link-key'), `BAD/link-key ${SECRET}`],
    [
      'clock.json',
      garbage('clock.json'),
      'BAD/clock.json is damaged: delete it (it only keeps times from going back across a restart)',
    ],
    ['LevelDB', inAll('dynamodb'), `the data in BAD/dynamodb ${LOST}`],
    ['no LevelDB', (root) => rm(join(root, 'dynamodb'), { recursive: true }), `the data in BAD/dynamodb ${LOST}`],
    ['SQLite', inAll('queues'), `the data in BAD/queues ${LOST}`],
  ])('because of %s is named with what to do about it, whatever the verb', async (_, harm, line) => {
    await rm(bad(), { recursive: true, force: true });
    await cp(good(), bad(), { recursive: true });
    await harm(bad());
    const before = await snapshot(bad());
    for (const verb of [['findings'], ['up', ...UP]]) {
      const ended = await runVerb(['--data', bad(), ...verb], { cwd: work.path });
      expect(ended).toEqual({ code: 2, out: '', err: `portcullis: ${line.replace('BAD', bad())}\n` });
    }
    const after = await snapshot(bad());
    // LevelDB writes its own log, and a table that is gone is looked for; nobody's data changes.
    const kept = (files: Record<string, string>) =>
      Object.entries(files).filter(([path]) => !path.startsWith('/dynamodb/') && path !== '/clock.json');
    expect(kept(after)).toEqual(kept(before));
  });

  it('with a torn line at the end of alerts.jsonl goes on behind it', async () => {
    await rm(bad(), { recursive: true, force: true });
    await cp(good(), bad(), { recursive: true });
    await writeFile(join(bad(), 'alerts.jsonl'), '{"id":"al-1","items":[]}\n{"id":"al-2","ite');
    const { code, err } = await runVerb(['--data', bad(), 'scan', '127.0.0.1', '--ports', '1'], { cwd: work.path });
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^scanning 1 address, 1 probe/) });
  });

  it.each([
    ['/proc/portcullis', 'it cannot be created there'],
    ['ports', 'it is not a directory'],
    ['ports/below', 'a part of the path is not a directory'],
  ])('%s is refused by name', async (path, why) => {
    const { code, out, err } = await runVerb(['--data', path, 'up', ...UP], { cwd: work.path });
    const full = path.startsWith('/') ? path : join(work.path, path);
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: `portcullis: cannot use the data directory ${full}: ${why}; give a directory that this user can write\n`,
    });
  });
});

describeWith(['root'], 'somebody who may not', () => {
  const through = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

  it('use the data directory or read the configuration is told which', { timeout: 30_000 }, async () => {
    await chmod(work.path, 0o755);
    const theirs = join(work.path, 'theirs');
    await mkdir(theirs, { mode: 0o700 });
    await writeFile(join(work.path, 'secret.yaml'), '', { mode: 0o600 });
    const as = (...args: string[]) => runVerb(args, { cwd: work.path, through });
    const denied = `cannot use the data directory ${theirs}: permission denied; give a directory that this user can write`;
    expect(await as('--data', theirs, 'up', ...UP)).toEqual({ code: 2, out: '', err: `portcullis: ${denied}\n` });
    expect(await as('--data', theirs, 'findings')).toEqual({
      code: 2,
      out: '',
      err: `portcullis: cannot read ${theirs}/lock.json: permission denied\n`,
    });
    const config = await as('--config', 'secret.yaml', 'up');
    expect(config).toMatchObject({ code: 2, out: '' });
    expect(config.err).toMatch(
      /^portcullis: cannot read the configuration secret\.yaml: EACCES: permission denied.*\n$/,
    );
    expect(await readdir(theirs)).toEqual([]);
  });
});

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
