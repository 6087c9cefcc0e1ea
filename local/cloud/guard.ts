import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { BadInput, messageOf } from '../../core/errors.ts';

const WAIT_MS = 20;
const LONGEST_WAIT_MS = 5_000;

/**
 * Runs `work` while nobody else runs any under the same guard file. The lock is SQLite's, which the kernel gives back when its holder is
 * killed, so it is never stale. For moments only. @throws BadInput when somebody holds it for 5 s, or the file is none of SQLite's
 */
export async function underGuard<T>(path: string, work: () => Promise<T>): Promise<T> {
  const db = open(path);
  try {
    for (let waited = 0; !tryLock(db, path); waited += WAIT_MS) {
      if (waited >= LONGEST_WAIT_MS) {
        throw new BadInput(`${path} stays locked: start one portcullis at a time on this data directory`);
      }
      await sleep(WAIT_MS);
    }
    return await work();
  } finally {
    // Rolls back, which is all there is to it: nothing is ever written.
    db.close();
  }
}

/** SQLITE_BUSY. */
const BUSY = 5;

function tryLock(db: DatabaseSync, path: string): boolean {
  try {
    db.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) return false;
    throw unusable(path, error);
  }
}

function open(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): BadInput {
  return new BadInput(
    `${path} is damaged (${messageOf(error)}): make sure that no portcullis runs on this data directory, then delete it`,
    { cause: error },
  );
}
