import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AlreadyRunning, openDataDirectory, readLock } from '../../../local/cloud/data-directory.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const MODULE = new URL('../../../local/cloud/data-directory.ts', import.meta.url).href;

/** Another process that holds the lock of `path` until it is killed. */
async function holderOf(path: string, url: string) {
  const program = `
    const { openDataDirectory } = await import(${JSON.stringify(MODULE)});
    const directory = await openDataDirectory(${JSON.stringify(path)});
    await directory.acquireLock();
    await directory.updateLockUrl(${JSON.stringify(url)});
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    pid: child.pid as number,
    async kill9() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('the data directory', () => {
  it('is made with mode 0700, with its parents', async () => {
    const path = join(await temporaryDirectory(), 'a', 'b');
    const directory = await openDataDirectory(path);
    expect(directory.path).toBe(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect(await readdir(path)).toEqual(['version.json']);
  });

  it('is refused by name when it is a file', async () => {
    const path = join(await temporaryDirectory(), 'file');
    await writeFile(path, '');
    await expect(openDataDirectory(path)).rejects.toThrow(
      `cannot use the data directory ${path}: it is not a directory; give a directory that this user can write`,
    );
    await expect(openDataDirectory(join(path, 'below'))).rejects.toThrow('a part of the path is not a directory');
  });

  it('is refused when it cannot be written', async () => {
    await expect(openDataDirectory('/proc/portcullis')).rejects.toThrow(
      /^cannot use the data directory \/proc\/portcullis: .*; give a directory that this user can write$/,
    );
    if (process.getuid?.() === 0) return;
    const path = join(await temporaryDirectory(), 'locked');
    await mkdir(path, { mode: 0o500 });
    await expect(openDataDirectory(path)).rejects.toThrow('permission denied');
    await chmod(path, 0o700);
  });

  it.each(['', 'garbage', '{"schema":"1"}', '[]'])('is refused when version.json holds %j', async (text) => {
    const path = await temporaryDirectory();
    await writeFile(join(path, 'version.json'), text);
    await expect(openDataDirectory(path)).rejects.toThrow(`${path}/version.json is damaged`);
  });

  it('is refused when a newer program wrote it', async () => {
    const path = await temporaryDirectory();
    await writeFile(join(path, 'version.json'), '{"schema":2}');
    await expect(openDataDirectory(path)).rejects.toThrow(
      `${path}/version.json says schema 2, this program knows up to 1: run the newer portcullis that wrote it`,
    );
  });
});

describe('secrets', () => {
  it('are made once, of 32 random bytes, in files of mode 0600', async () => {
    const path = await temporaryDirectory();
    const directory = await openDataDirectory(path);
    const token = await directory.readOrCreateSecret('api-token');
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(await directory.readOrCreateSecret('api-token')).toBe(token);
    expect(await directory.readOrCreateSecret('link-key')).not.toBe(token);
    expect((await readFile(join(path, 'api-token'), 'utf8')).trim()).toBe(token);
    expect((await stat(join(path, 'api-token'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, 'link-key'))).mode & 0o777).toBe(0o600);
  });

  it('are the same for all who ask at the same time', async () => {
    const directory = await openDataDirectory(await temporaryDirectory());
    const secrets = await Promise.all(Array.from({ length: 20 }, () => directory.readOrCreateSecret('link-key')));
    expect(new Set(secrets).size).toBe(1);
  });

  it.each(['', 'short', `${'x'.repeat(42)}!`])('are refused by name when the file holds %j', async (text) => {
    const path = await temporaryDirectory();
    await writeFile(join(path, 'link-key'), text);
    const directory = await openDataDirectory(path);
    await expect(directory.readOrCreateSecret('link-key')).rejects.toThrow(`${path}/link-key is damaged`);
  });
});

describe('the lock', () => {
  it('keeps a second process out and tells it who holds it', async () => {
    const path = await temporaryDirectory();
    const holder = await holderOf(path, 'http://127.0.0.1:7171');
    const directory = await openDataDirectory(path);
    const refused = await directory.acquireLock().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AlreadyRunning);
    expect((refused as Error).message).toBe(`already running, pid ${holder.pid}, at http://127.0.0.1:7171`);
    expect(await readLock(path)).toEqual({ pid: holder.pid, url: 'http://127.0.0.1:7171' });
    await holder.kill9();
  });

  it('is taken over after kill -9', async () => {
    const path = await temporaryDirectory();
    const holder = await holderOf(path, 'http://127.0.0.1:7171');
    await holder.kill9();
    expect(await readLock(path)).toBeNull();
    const directory = await openDataDirectory(path);
    await directory.acquireLock();
    expect(await readLock(path)).toEqual({ pid: process.pid, url: null });
    await directory.release();
    expect((await readdir(path)).sort()).toEqual(['lock.guard', 'version.json']);
  });

  it('is taken over when its pid now belongs to another process', async () => {
    const path = await temporaryDirectory();
    const directory = await openDataDirectory(path);
    const lock = { pid: process.pid, url: null, startedAt: '2026-03-01T09:00:00.000Z', bootId: null, startTicks: '1' };
    await writeFile(join(path, 'lock.json'), JSON.stringify(lock));
    expect(await readLock(path)).toBeNull();
    await directory.acquireLock();
    await directory.release();
  });

  it('is taken over when the machine was restarted since', async () => {
    const path = await temporaryDirectory();
    const directory = await openDataDirectory(path);
    await directory.acquireLock();
    const mine = JSON.parse(await readFile(join(path, 'lock.json'), 'utf8')) as object;
    await writeFile(join(path, 'lock.json'), JSON.stringify({ ...mine, bootId: 'another boot' }));
    expect(await readLock(path)).toBeNull();
  });

  it('is held against the same process too, until it is given back', async () => {
    const path = await temporaryDirectory();
    const first = await openDataDirectory(path);
    const second = await openDataDirectory(path);
    await first.acquireLock();
    await expect(second.acquireLock()).rejects.toThrow(`already running, pid ${process.pid}, at (still starting)`);
    await second.release();
    await first.release();
    await second.acquireLock();
    await second.release();
  });

  it('is taken by exactly one of many that find a stale one', async () => {
    const path = await temporaryDirectory();
    const stale = { pid: process.pid, url: null, startedAt: '2026-03-01T09:00:00.000Z', bootId: null, startTicks: '1' };
    for (let round = 0; round < 20; round += 1) {
      await writeFile(join(path, 'lock.json'), JSON.stringify(stale));
      const contenders = await Promise.all(Array.from({ length: 8 }, () => openDataDirectory(path)));
      const results = await Promise.allSettled(contenders.map((each) => each.acquireLock()));
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
      const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      expect(refusals.filter((refusal) => !(refusal instanceof AlreadyRunning))).toEqual([]);
      await Promise.all(contenders.map((each) => each.release()));
    }
  });

  it.each(['', 'garbage', '{"pid":0}'])('is refused by name when its file holds %j', async (text) => {
    const path = await temporaryDirectory();
    const directory = await openDataDirectory(path);
    await writeFile(join(path, 'lock.json'), text);
    await expect(directory.acquireLock()).rejects.toThrow(
      `${path}/lock.json is damaged: make sure that no portcullis runs on this data directory, then delete the file`,
    );
  });
});
