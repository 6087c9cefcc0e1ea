import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../support/need.ts';
import { runVerb, temporaryDataDir } from './support/portcullis.ts';

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
