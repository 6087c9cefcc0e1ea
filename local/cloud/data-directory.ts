import { randomBytes } from 'node:crypto';
import { access, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { BadInput } from '../../core/errors.ts';
import { createFile, errorCode, fileProblem, readIfThere, replaceFile } from '../../adapters/local/files.ts';
import { dropLock, takeLock, writeLockUrl } from './lock-file.ts';

export { AlreadyRunning } from './already-running.ts';
export { readLock } from './lock-file.ts';

/** Raised when what is stored changes in a way that older programs would misread. */
const SCHEMA_VERSION = 1;

export type SecretName = 'api-token' | 'link-key';

export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  /** @throws AlreadyRunning `already running, pid N, at URL`. The lock of a killed process is taken over. */
  acquireLock(): Promise<void>;
  /** Says in the lock where this process serves. */
  updateLockUrl(url: string): Promise<void>;
  /** Gives the lock back; harmless without one. */
  release(): Promise<void>;
  /** 32 random bytes, base64url (43 characters), in a file of mode 0600 made at the first call. @throws BadInput for a damaged file */
  readOrCreateSecret(name: SecretName): Promise<string>;
}

/**
 * Opens the directory where one machine keeps its state, and creates it with mode 0700 when it is not there.
 * @throws BadInput, naming the path, when it is not a directory, cannot be written, or is damaged or newer than this program.
 */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  const root = resolve(path);
  await create(root);
  await checkWritable(root);
  await checkVersion(root);
  let lock: Awaited<ReturnType<typeof takeLock>> | null = null;
  return {
    path: root,
    async acquireLock() {
      lock = await takeLock(root);
    },
    async updateLockUrl(url) {
      if (lock === null) throw new Error('the lock was not taken');
      lock = await writeLockUrl(root, lock, url);
    },
    async release() {
      if (lock === null) return;
      await dropLock(root, lock);
      lock = null;
    },
    readOrCreateSecret: (name) => readOrCreateSecret(join(root, name)),
  };
}

async function create(root: string): Promise<void> {
  try {
    await makeDirectory(root);
    if ((await stat(root)).isDirectory()) return;
  } catch (error) {
    throw unusable(root, error);
  }
  throw unusable(root, new Error('it is not a directory'));
}

/** With its parents. (`mkdir` with `recursive` never returns below /proc.) */
async function makeDirectory(path: string): Promise<void> {
  const make = (): Promise<void> => mkdir(path, { mode: 0o700 });
  try {
    await make();
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path || (await isThere(dirname(path)))) throw error;
    await makeDirectory(dirname(path));
    await make();
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function checkWritable(root: string): Promise<void> {
  const probe = join(root, `.writable-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await createFile(probe, 'x');
  } catch (error) {
    throw unusable(root, error);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

function unusable(root: string, error: unknown): BadInput {
  return new BadInput(
    `cannot use the data directory ${root}: ${fileProblem(error)}; give a directory that this user can write`,
    {
      cause: error,
    },
  );
}

async function checkVersion(root: string): Promise<void> {
  const path = join(root, 'version.json');
  const text = await readIfThere(path);
  if (text === null) {
    await replaceFile(path, `${JSON.stringify({ schema: SCHEMA_VERSION })}\n`);
    return;
  }
  let schema: number;
  try {
    ({ schema } = z.object({ schema: z.number().int().positive() }).parse(JSON.parse(text)));
  } catch (error) {
    throw new BadInput(
      `${path} is damaged: it must hold {"schema":${SCHEMA_VERSION}}; restore the data directory from a backup, or move it away to start empty`,
      { cause: error },
    );
  }
  if (schema > SCHEMA_VERSION) {
    throw new BadInput(
      `${path} says schema ${schema}, this program knows up to ${SCHEMA_VERSION}: run the newer portcullis that wrote it, or give another data directory`,
    );
  }
}

async function readOrCreateSecret(path: string): Promise<string> {
  const fresh = randomBytes(32).toString('base64url');
  if (await createFile(path, `${fresh}\n`)) return fresh;
  const secret = (await readIfThere(path))?.trim() ?? '';
  if (!/^[\w-]{43}$/.test(secret)) {
    throw new BadInput(
      `${path} is damaged: it must hold 43 base64url characters; delete it and a new one is made (what was signed or allowed with it stops working)`,
    );
  }
  return secret;
}
