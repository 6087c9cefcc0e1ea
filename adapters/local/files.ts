import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { BadInput, messageOf } from '../../core/errors.ts';

/** The code of a file system error, `ENOENT`; undefined for anything else that was thrown. */
export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'it cannot be created there',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
};

/** Why a file cannot be used, in a few words. */
export function fileProblem(thrown: unknown): string {
  return PROBLEMS[errorCode(thrown) ?? ''] ?? messageOf(thrown);
}

/** The text of the file, or null when there is none. @throws BadInput naming the file when there is one that cannot be read */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw new BadInput(`cannot read ${path}: ${fileProblem(error)}`, { cause: error });
  }
}

/** Writes the whole file or leaves it as it was. Mode 0600. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await throughTemporary(path, text, (temporary) => rename(temporary, path));
}

/** Creates the whole file, mode 0600; false when it is already there. */
export async function createFile(path: string, text: string): Promise<boolean> {
  try {
    // link() fails when the name exists, so nobody ever sees a file that is only half written.
    await throughTemporary(path, text, (temporary) => link(temporary, path));
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function throughTemporary(path: string, text: string, put: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await put(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
}
